// Keeps the binding from copying outputs. After a run it converts every fetched output into a new array, also one that was
// written into a buffer it was given: 30 us for 400 KB, 200 us when memory must come from the system. It converts
// them in the order of the model; an output of a kind that it refuses, placed first, ends that before it begins. The run
// is complete by then, and what was asked for lies in the buffers. Whether the engine at hand behaves so is tried once.
import { GraphBuilder, type Graph } from "@fastgpu/core";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { lowerGraph } from "../lower/lower-graph.ts";

/** How a run ends that stopped before the copies. */
export interface CopyStop {
  /** Message of the error; every other one is of a run that failed. */
  readonly message: string;
}

const values = [5, -3, 0.5];
const shift = [1, 2, 4];

/**
 * How a run with the refused output ends on this engine: in an error, with every result in its buffer, be that a buffer
 * of its own or that of an operand. Undefined if it does not, so that outputs must be fetched.
 *
 * @param options - those of every session of the device
 */
export async function probeCopyStop(
  options: InferenceSession.SessionOptions,
): Promise<CopyStop | undefined> {
  const { bytes, inputs, outputs, stop } = lowerGraph(probeGraph(), {}, { stopsCopies: true });
  const [x, y] = inputs;
  const [apart, over] = outputs;
  if (stop === undefined || !x || !y || !apart || !over) return undefined;
  const session = await InferenceSession.create(bytes, options);
  try {
    const own = tensorOf([0, 0, 0]);
    const shared = tensorOf(values);
    const feeds = { [x.edge]: shared, [y.edge]: tensorOf(shift) };
    const fetches = { [stop]: null, [apart.edge]: own, [over.edge]: shared };
    const message = await session.run(feeds, fetches).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : undefined),
    );
    const isRight =
      shift.every((number, i) => own.data[i] === 2 * number) &&
      values.every((value, i) => shared.data[i] === value - (shift[i] ?? NaN));
    return message !== undefined && isRight ? { message } : undefined;
  } catch {
    // An engine that takes no such model or fetches is one whose outputs must be fetched.
    return undefined;
  } finally {
    await session.release();
  }
}

/** True for the error that ends a complete run. */
export function isCopyStop(error: unknown, stop: CopyStop | undefined): boolean {
  return stop !== undefined && error instanceof Error && error.message === stop.message;
}

/** y + y, for a buffer of its own, and x - y, to be written over x. */
function probeGraph(): Graph {
  const b = new GraphBuilder("outputs in place");
  const x = b.input("x", "f32", [values.length]);
  const y = b.input("y", "f32", [values.length]);
  b.output("apart", b.op("add", [y, y], {}));
  b.output("over", b.op("sub", [x, y], {}));
  return b.build();
}

function tensorOf(numbers: readonly number[]): Tensor {
  return new Tensor("float32", Float32Array.from(numbers), [numbers.length]);
}
