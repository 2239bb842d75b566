// Small programs from one formula: how tests and conformance cases write graphs.
import { GraphError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { dtypes } from "../graph/dtype.ts";
import type { AttrsOf, Graph, OpName } from "../graph/graph.ts";
import { formatType, type TensorType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import type { RefTensor } from "../ops/op.ts";
import { evaluate } from "./evaluate.ts";

/** A formula over values; the builder is there for those that take no operand. */
export type Formula = (inputs: readonly Value[], builder: GraphBuilder) => Value;

/**
 * A graph with inputs `x0`, `x1`, ... and one output `y`.
 *
 * @param types - types of the inputs, written as messages print them: `f32[2,3]`
 * @throws {GraphError} for a type that cannot be read
 */
export function programOf(types: readonly string[], formula: Formula): Graph {
  const builder = new GraphBuilder("program");
  const inputs = types.map((text, i) => {
    const { dtype, shape } = parseType(text);
    return builder.input(`x${i}`, dtype, shape);
  });
  builder.output("y", formula(inputs, builder));
  return builder.build();
}

/** A reference tensor from its type as text and its elements. */
export function refTensor(type: string, values: Iterable<number>): RefTensor {
  return { ...parseType(type), data: Float64Array.from(values) };
}

/**
 * One op on reference tensors: infers the type and evaluates it; composites by their decomposition.
 *
 * @throws {ShapeError} if operands or attributes break the op's type rule
 */
export function evaluateOp<K extends OpName>(
  op: K,
  operands: readonly RefTensor[],
  attrs: AttrsOf<K>,
): RefTensor {
  const graph = programOf(operands.map(formatType), (inputs, builder) =>
    builder.op(op, inputs, attrs),
  );
  const inputs = Object.fromEntries(operands.map((operand, i) => [`x${i}`, operand]));
  const { y } = evaluate(graph, inputs).outputs;
  if (y === undefined) throw new GraphError(`evaluate: ${op} must have a result, got none`);
  return y;
}

/**
 * The type that `formatType` prints as `text`.
 *
 * @throws {GraphError} if the text is none
 */
export function parseType(text: string): TensorType {
  const match = /^(\w+)\[((?:\d+(?:,\d+)*)?)\]$/.exec(text);
  const dtype = dtypes.find((name) => name === match?.[1]);
  if (match === null || dtype === undefined) {
    throw new GraphError(`type: text must read like f32[2,3], got "${text}"`);
  }
  const sizes = match[2] ?? "";
  return { dtype, shape: sizes === "" ? [] : sizes.split(",").map(Number) };
}
