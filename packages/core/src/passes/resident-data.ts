// Data sets that live on the device: a program takes row numbers instead of rows, so that a run uploads a few integers.
import { GraphError } from "../errors.ts";
import { gather } from "../functional.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import { formatType, type TensorType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { copyNodes, copyPorts } from "./rewrite.ts";

/** Where the rows of one input come from. */
export interface ResidentTensor {
  /** Name of the state slot that holds the data set's tensor. */
  readonly slot: string;
  /** Its type, [n, ...]: the input's type with the number of rows in front instead of the batch. */
  readonly type: TensorType;
}

/** The input that takes row numbers, i32 [batch]. */
export const rowsInput = "rows";

/**
 * Replaces inputs [batch, ...] by rows of state slots [n, ...], chosen by one new input `rows` i32 [batch].
 *
 * @param resident - slots by the name of the input they replace; other inputs stay
 * @throws {GraphError} if an input is missing, has no batch axis, or differs from its slot in more than the rows
 */
export function readResidentData(
  graph: Graph,
  resident: Readonly<Record<string, ResidentTensor>>,
): Graph {
  const batch = batchOf(graph, resident);
  const builder = new GraphBuilder(graph.name);
  const rows = builder.input(rowsInput, "i32", [batch]);
  const leaf = (node: Graph["nodes"][number]): Value | undefined => {
    if (node.op !== "input") return undefined;
    const source = resident[node.attrs.name];
    if (source === undefined) return undefined;
    return gather(builder.state(source.slot, source.type.dtype, source.type.shape), rows, 0);
  };
  const copy = copyNodes(graph, { leaf }, builder);
  copyPorts(graph, copy);
  return builder.build();
}

function batchOf(graph: Graph, resident: Readonly<Record<string, ResidentTensor>>): number {
  let batch: number | undefined;
  for (const [name, { type }] of Object.entries(resident)) {
    const port = graph.inputs.find((candidate) => candidate.name === name);
    const found = port === undefined ? undefined : graph.nodes[port.node]?.type;
    const expected =
      found && formatType({ ...found, shape: [type.shape[0] ?? 0, ...found.shape.slice(1)] });
    if (found?.shape[0] === undefined || expected !== formatType(type)) {
      const seen = found === undefined ? "no such input" : formatType(found);
      throw new GraphError(
        `resident data: input "${name}" of ${graph.name} must be a batch of rows of ${formatType(type)}, got ${seen}`,
      );
    }
    if (batch !== undefined && batch !== found.shape[0]) {
      throw new GraphError(
        `resident data: inputs of ${graph.name} must share one batch size, got ${batch} and ${found.shape[0]}`,
      );
    }
    batch = found.shape[0];
  }
  if (batch === undefined)
    throw new GraphError("resident data: at least one input must be replaced, got none");
  return batch;
}
