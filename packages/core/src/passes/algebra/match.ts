// How algebraic rules look at a node: what produced an operand, and whether it is a known number.
import { broadcastTo } from "../../functional.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { AttrsOf, OpName } from "../../graph/graph.ts";
import { toNumbers, type TensorType } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import type { Visit } from "../rewrite.ts";

/** Looks at a node about to be copied and returns something equal and cheaper, or `undefined`. */
export type AlgebraRule = (visit: Visit) => Value | undefined;

/** Attributes and operands of a node of the new graph. */
export interface Producer<K extends OpName> {
  readonly attrs: AttrsOf<K>;
  readonly inputs: readonly Value[];
}

/** Constants of more elements are not searched for a common value. */
const searchedElements = 4096;

/** The node behind a value if it is an `op`. */
export function producer<K extends OpName>(
  builder: GraphBuilder,
  value: Value,
  op: K,
): Producer<K> | undefined {
  const node = builder.nodeOf(value);
  if (node.op !== op) return undefined;
  const inputs = node.inputs.map((id) => builder.valueOf(id));
  // The comparison above ties the attributes to K, which the union over all nodes cannot express for a variable K.
  return { attrs: node.attrs as unknown as AttrsOf<K>, inputs };
}

/** The number that every element of a value is known to be: constants and broadcast constants. */
export function knownNumber(builder: GraphBuilder, value: Value): number | undefined {
  const node = builder.nodeOf(value);
  if (node.op === "broadcastTo") {
    const [source] = node.inputs;
    return source === undefined ? undefined : knownNumber(builder, builder.valueOf(source));
  }
  if (node.op !== "constant" || node.value.data.length > searchedElements) return undefined;
  const numbers = toNumbers(node.value);
  const [first] = numbers;
  return numbers.every((number) => Object.is(number, first)) ? first : undefined;
}

/** A value of the same dtype under the shape of the node it replaces. */
export function fitTo(value: Value, { shape }: TensorType): Value {
  return broadcastTo(value, shape);
}
