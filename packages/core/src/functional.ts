// Formulas over values: one function per op, numbers lifted to scalar constants, so that gradients, layers and
// optimizers read as their papers. No state and no imports at run time beyond shapes: it only calls `emitter.op`.
import type { DType } from "./graph/dtype.ts";
import { sameShape, type Shape } from "./graph/shape.ts";
import type { OpName } from "./graph/graph.ts";
import type { NoAttrs } from "./ops/op.ts";
import type { AttrsOf } from "./graph/graph.ts";
import type { Value } from "./graph/value.ts";

/** A value, or a number that takes the other operand's dtype. */
export type Operand = Value | number;

type PlainOp = {
  [K in OpName]: AttrsOf<K> extends NoAttrs ? (NoAttrs extends AttrsOf<K> ? K : never) : never;
}[OpName];

function binary(op: PlainOp, a: Operand, b: Operand): Value {
  if (typeof a !== "number") {
    return a.emitter.op(op, [a, typeof b === "number" ? a.emitter.scalar(b, a.dtype) : b], {});
  }
  if (typeof b === "number") throw new TypeError(`${op}: at least one operand must be a value`);
  return b.emitter.op(op, [b.emitter.scalar(a, b.dtype), b], {});
}

function unary(op: PlainOp, x: Value): Value {
  return x.emitter.op(op, [x], {});
}

/** a + b, broadcast. */
export const add = (a: Operand, b: Operand): Value => binary("add", a, b);
/** a * b, broadcast. */
export const mul = (a: Operand, b: Operand): Value => binary("mul", a, b);
/** max(a, b), broadcast. */
export const maximum = (a: Operand, b: Operand): Value => binary("maximum", a, b);
/** a > b, broadcast, as bool. */
export const greater = (a: Operand, b: Operand): Value => binary("greater", a, b);
/** e^x. */
export const exp = (x: Value): Value => unary("exp", x);
/** max(x, 0). */
export const relu = (x: Value): Value => unary("relu", x);
/** condition ? a : b, broadcast. */
export const select = (condition: Value, a: Value, b: Value): Value =>
  condition.emitter.op("select", [condition, a, b], {});

/** x converted to another dtype. */
export const cast = (x: Value, dtype: DType): Value =>
  x.dtype === dtype ? x : x.emitter.op("cast", [x], { dtype });

/** The same elements in row-major order under another shape. */
export const reshape = (x: Value, shape: Shape): Value =>
  sameShape(x.shape, shape) ? x : x.emitter.op("reshape", [x], { shape });

/** x repeated along axes of size 1 and new leading axes. */
export const broadcastTo = (x: Value, shape: Shape): Value =>
  sameShape(x.shape, shape) ? x : x.emitter.op("broadcastTo", [x], { shape });

/** Sum over axes. */
export const reduceSum = (x: Value, axes: readonly number[], keepDims = false): Value =>
  x.emitter.op("reduceSum", [x], { axes, keepDims });

/** Matrix product of the last two axes; leading axes broadcast. */
export const matmul = (a: Value, b: Value, transposeA = false, transposeB = false): Value =>
  a.emitter.op("matmul", [a, b], { transposeA, transposeB });

/** Sum over the axes that broadcasting from `shape` to `x.shape` added or stretched: the transpose of broadcasting. */
export function sumTo(x: Value, shape: Shape): Value {
  const lead = x.shape.length - shape.length;
  const axes: number[] = [];
  for (let axis = 0; axis < x.shape.length; axis++) {
    if (axis < lead || (shape[axis - lead] === 1 && x.shape[axis] !== 1)) axes.push(axis);
  }
  return axes.length === 0 ? x : reshape(reduceSum(x, axes), shape);
}
