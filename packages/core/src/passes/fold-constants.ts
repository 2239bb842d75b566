// Constant folding: computes nodes whose operands are all constants with the reference interpreter.
import { cast } from "../functional.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { definitionOf } from "../graph/definitions.ts";
import type { Graph } from "../graph/graph.ts";
import { sizeOf } from "../graph/shape.ts";
import { tensorFrom, typeBytes, type HostTensor, type TensorType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { evaluate } from "../reference/evaluate.ts";
import { emitOp, rewrite, type Visit } from "./rewrite.ts";

/** Bounds that keep folding from making a program larger or a pass slow. */
export interface FoldLimits {
  /** A result may be this large in bytes, or as large as its operands together, whichever is more. */
  readonly maxBytes: number;
  /** Elements read and written plus operations, per node. */
  readonly maxWork: number;
}

/** Communication must happen; a repeated element is smaller as it is, and elementwise ops take it so. */
const neverFolded: ReadonlySet<string> = new Set(["allReduce", "send", "recv", "broadcastTo"]);

/** 4 KiB per grown constant and about a second of work. */
export const defaultFoldLimits: FoldLimits = { maxBytes: 4096, maxWork: 2 ** 24 };

/**
 * The graph with constant nodes computed. Integers are exact; floats are evaluated in float64 and rounded once to
 * their dtype, so they can differ from an engine's result by its own rounding. Communication is never folded.
 */
export function foldConstants(graph: Graph, limits: FoldLimits = defaultFoldLimits): Graph {
  return rewrite(graph, ({ node, inputs, builder }) => {
    if (neverFolded.has(node.op)) return undefined;
    const operands = inputs.map((value) => constantOf(builder, value));
    if (!operands.every((operand) => operand !== undefined)) return undefined;
    return worthFolding(node, operands, limits)
      ? builder.constant(compute(node, operands))
      : undefined;
  });
}

/** A constant, under the dtype that it has or is cast to. */
interface Known extends TensorType {
  readonly value: HostTensor;
}

/** A cast that would make a constant larger stays, but what is computed from it may be small. */
function constantOf(builder: GraphBuilder, operand: Value): Known | undefined {
  const node = builder.nodeOf(operand);
  if (node.op === "constant") return { ...node.type, value: node.value };
  const [source = -1] = node.op === "cast" ? node.inputs : [];
  const below = source < 0 ? undefined : builder.nodeOf(builder.valueOf(source));
  return below?.op === "constant" ? { ...node.type, value: below.value } : undefined;
}

function worthFolding(
  node: Visit["node"],
  operands: readonly Known[],
  limits: FoldLimits,
): boolean {
  const operandBytes = operands.reduce((sum, { value }) => sum + typeBytes(value), 0);
  if (typeBytes(node.type) > Math.max(limits.maxBytes, operandBytes)) return false;
  const elements = operands.reduce(
    (sum, { shape }) => sum + sizeOf(shape),
    sizeOf(node.type.shape),
  );
  const definition = definitionOf(node.op);
  const flops =
    definition.kind === "primitive" ? definition.flops(operands, node.attrs, node.type) : 0;
  return elements + flops <= limits.maxWork;
}

/** Runs one node as a graph of its own, which also covers composites. */
function compute(node: Visit["node"], operands: readonly Known[]): HostTensor {
  const builder = new GraphBuilder("constant");
  const inputs = operands.map(({ value, dtype }) => {
    const constant = builder.constant(value);
    return dtype === value.dtype ? constant : cast(constant, dtype);
  });
  builder.output("result", emitOp(builder, node, inputs));
  const { dtype, shape } = node.type;
  return tensorFrom(dtype, shape, evaluate(builder.build(), {}).outputs["result"]?.data ?? []);
}
