// Small programs from one formula: how tests and conformance cases write graphs.
import { GraphError } from "../errors.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { dtypes } from "../graph/dtype.ts";
import type { Graph } from "../graph/graph.ts";
import type { TensorType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";

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
