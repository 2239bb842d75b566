// How formulas append nodes: numbers are lifted to scalar constants of the other operand's dtype.
import type { AttrsOf, OpName } from "../graph/graph.ts";
import { normalizeAxis } from "../graph/shape.ts";
import type { NoAttrs } from "../ops/op.ts";
import type { Value } from "../graph/value.ts";

/** A value, or a number that takes the other operand's dtype. */
export type Operand = Value | number;

/** Names of the ops without attributes. */
export type PlainOp = {
  [K in OpName]: AttrsOf<K> extends NoAttrs ? (NoAttrs extends AttrsOf<K> ? K : never) : never;
}[OpName];

/**
 * Appends an op of two operands without attributes.
 *
 * @throws {TypeError} if both operands are numbers: there is no graph to append to
 */
export function binary(op: PlainOp, a: Operand, b: Operand): Value {
  if (typeof a !== "number") {
    return a.emitter.op(op, [a, typeof b === "number" ? a.emitter.scalar(b, a.dtype) : b], {});
  }
  if (typeof b === "number") throw new TypeError(`${op}: at least one operand must be a value`);
  return b.emitter.op(op, [b.emitter.scalar(a, b.dtype), b], {});
}

/** Appends an op of one operand without attributes. */
export function unary(op: PlainOp, x: Value): Value {
  return x.emitter.op(op, [x], {});
}

/** Axes of x counted from the front, so that equal formulas make equal nodes; all axes by default. */
export function frontAxes(op: string, x: Value, axes?: readonly number[]): number[] {
  return axes === undefined
    ? x.shape.map((_, axis) => axis)
    : axes.map((axis) => normalizeAxis(op, axis, x.shape.length));
}
