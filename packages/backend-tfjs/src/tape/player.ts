// Plays a tape on the current engine: fills registers, calls kernels, frees what is no longer needed. Nothing is left
// behind, also when a kernel throws.
import { performance } from "node:perf_hooks";
import { makeTensor, runKernel, type EngineTensor } from "../engines/tfjs.ts";
import { HOST_KERNEL } from "../lower/host.ts";
import { callOnHost } from "./host-call.ts";
import type { Call, Edge, Tape } from "./tape.ts";

/** Kernels block the event loop; after this long without a pause it gets a turn, for heartbeats and cancellations. */
const breathMs = 50;

/** Registers of a run in progress. */
export type Registers = (EngineTensor | undefined)[];

/** Watches calls; for profiles. */
export type Observer = (call: Call, run: () => Promise<void> | void) => Promise<void> | void;

/** A tape with its constants on the engine. */
export class Player {
  private readonly tape: Tape;
  private readonly steps: readonly Step[];
  private readonly constants: readonly (readonly [Edge, EngineTensor])[];

  /** Places the constants; the engine must be the current one. */
  constructor(tape: Tape) {
    this.tape = tape;
    this.steps = tape.calls.map(stepOf);
    this.constants = tape.constants.map(({ edge, type, data }) => [
      edge,
      makeTensor(data, type.shape, type.dtype),
    ]);
  }

  /** Number of calls of a run. */
  get length(): number {
    return this.tape.calls.length;
  }

  /**
   * Runs the tape. Registers that are kept stay filled; the caller frees them.
   *
   * @param filled - registers of inputs and state; they stay the caller's
   */
  async play(
    filled: readonly (readonly [Edge, EngineTensor])[],
    observe?: Observer,
  ): Promise<Registers> {
    const registers: Registers = new Array<EngineTensor | undefined>(this.tape.types.length);
    for (const [edge, tensor] of this.constants) registers[edge] = tensor;
    for (const [edge, tensor] of filled) registers[edge] = tensor;
    const lent = new Set([...this.constants, ...filled].map(([, tensor]) => tensor));
    let latestPause = performance.now();
    try {
      for (const step of this.steps) {
        const done =
          observe === undefined
            ? step.run(registers)
            : observe(step.call, () => step.run(registers));
        if (done !== undefined) await done;
        for (const edge of step.call.frees) {
          registers[edge]?.dispose();
          registers[edge] = undefined;
        }
        const now = performance.now();
        if (now - latestPause < breathMs) continue;
        await new Promise((resolve) => setImmediate(resolve));
        latestPause = performance.now();
      }
    } catch (error) {
      for (const tensor of registers)
        if (tensor !== undefined && !lent.has(tensor)) tensor.dispose();
      throw error;
    }
    return registers;
  }

  /** Frees the constants. */
  dispose(): void {
    for (const [, tensor] of this.constants) tensor.dispose();
  }
}

interface Step {
  readonly call: Call;
  readonly run: (registers: Registers) => Promise<void> | void;
}

/** A call prepared so that a run does no more than look registers up. */
function stepOf(call: Call): Step {
  const { kernel, inputs, attrs, results } = call;
  const store = (registers: Registers, out: EngineTensor | EngineTensor[]): void => {
    if (Array.isArray(out)) results.forEach((edge, i) => (registers[edge] = out[i]));
    else registers[results[0] ?? 0] = out;
  };
  if (kernel === HOST_KERNEL) {
    return {
      call,
      run: async (registers) => {
        const tensors = (inputs as readonly Edge[]).map((edge) => at(registers, edge));
        store(registers, await callOnHost(tensors, attrs));
      },
    };
  }
  if (Array.isArray(inputs)) {
    const edges = inputs as readonly Edge[];
    return {
      call,
      run: (registers) => {
        store(
          registers,
          runKernel(
            kernel,
            edges.map((edge) => at(registers, edge)),
            attrs,
          ),
        );
      },
    };
  }
  const entries = Object.entries(inputs as Readonly<Record<string, Edge>>);
  return {
    call,
    run: (registers) => {
      const tensors: Record<string, EngineTensor> = {};
      for (const [name, edge] of entries) tensors[name] = at(registers, edge);
      store(registers, runKernel(kernel, tensors, attrs));
    },
  };
}

function at(registers: Registers, edge: Edge): EngineTensor {
  const tensor = registers[edge];
  if (tensor === undefined) throw new RangeError(`tape: register ${edge} must be filled, got none`);
  return tensor;
}
