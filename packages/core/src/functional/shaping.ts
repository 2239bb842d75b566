// Primitives that move elements: views, slices, padding, joins, indexing, and the transpose of broadcasting.
import type { DType } from "../graph/dtype.ts";
import { normalizeAxis, sameShape, type Shape } from "../graph/shape.ts";
import type { Emitter, Value } from "../graph/value.ts";
import { frontAxes } from "./emit.ts";
import { reduceSum } from "./reductions.ts";

/** The same elements in row-major order under another shape; x itself if it already has it. */
export const reshape = (x: Value, shape: Shape): Value =>
  sameShape(x.shape, shape) ? x : x.emitter.op("reshape", [x], { shape });

/** Axis i of the result is axis permutation[i] of x; reverses the axes by default. */
export function transpose(x: Value, permutation?: readonly number[]): Value {
  const reversed = x.shape.map((_, axis) => x.shape.length - 1 - axis);
  return x.emitter.op("transpose", [x], { permutation: permutation ?? reversed });
}

/** x repeated along axes of size 1 and new leading axes; x itself if it already has the shape. */
export const broadcastTo = (x: Value, shape: Shape): Value =>
  sameShape(x.shape, shape) ? x : x.emitter.op("broadcastTo", [x], { shape });

/** Elements starts, starts + strides, ... below limits along each axis; all of full rank, strides 1 by default. */
export function slice(
  x: Value,
  starts: readonly number[],
  limits: readonly number[],
  strides: readonly number[] = x.shape.map(() => 1),
): Value {
  return x.emitter.op("slice", [x], { starts, limits, strides });
}

/** Elements start .. limit (exclusive) along one axis. */
export function sliceAxis(x: Value, axis: number, start: number, limit: number): Value {
  const at = normalizeAxis("slice", axis, x.shape.length);
  return slice(
    x,
    x.shape.map((_, i) => (i === at ? start : 0)),
    x.shape.map((size, i) => (i === at ? limit : size)),
  );
}

/** x with `low` elements of `value` before, `high` after and `interior` between elements along each axis. */
export function pad(
  x: Value,
  low: readonly number[],
  high: readonly number[],
  value = 0,
  interior: readonly number[] = x.shape.map(() => 0),
): Value {
  return x.emitter.op("pad", [x], { low, high, interior, value });
}

/**
 * Joins values along an axis.
 *
 * @throws {TypeError} for an empty list
 */
export function concat(values: readonly Value[], axis: number): Value {
  const [first] = values;
  if (first === undefined) throw new TypeError("concat: values must not be empty, got none");
  const at = normalizeAxis("concat", axis, first.shape.length);
  return first.emitter.op("concat", values, { axis: at });
}

/** Rows of x at i32 indices: x[:axis] + indices.shape + x[axis+1:]. */
export const gather = (x: Value, indices: Value, axis = 0): Value =>
  x.emitter.op("gather", [x, indices], { axis: normalizeAxis("gather", axis, x.shape.length) });

/** The transpose of gather: zeros with `size` at `axis`, updates added at the i32 indices, duplicates summed. */
export function scatterAdd(indices: Value, updates: Value, axis: number, size: number): Value {
  const rank = updates.shape.length - indices.shape.length + 1;
  const at = normalizeAxis("scatterAdd", axis, rank);
  return updates.emitter.op("scatterAdd", [indices, updates], { axis: at, size });
}

/** x with the order of the elements along some axes turned around. */
export const reverse = (x: Value, axes: readonly number[]): Value =>
  x.emitter.op("reverse", [x], { axes: frontAxes("reverse", x, axes) });

/** 0, 1, 2, ... along an axis, repeated over the others. Has no inputs, hence the emitter. */
export const iota = (emitter: Emitter, dtype: DType, shape: Shape, axis = 0): Value =>
  emitter.op("iota", [], { dtype, shape, axis: normalizeAxis("iota", axis, shape.length) });

/** Sum over the axes that broadcasting from `shape` to `x.shape` added or stretched: the transpose of broadcasting. */
export function sumTo(x: Value, shape: Shape): Value {
  const lead = x.shape.length - shape.length;
  const axes: number[] = [];
  for (let axis = 0; axis < x.shape.length; axis++) {
    if (axis < lead || (shape[axis - lead] === 1 && x.shape[axis] !== 1)) axes.push(axis);
  }
  return axes.length === 0 ? x : reshape(reduceSum(x, axes), shape);
}
