// Reductions as functions. Axes may be negative; nodes hold them counted from the front.
import { normalizeAxis } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { frontAxes } from "./emit.ts";

/** Sum over axes, all by default; 0 for none. */
export const reduceSum = (x: Value, axes?: readonly number[], keepDims = false): Value =>
  x.emitter.op("reduceSum", [x], { axes: frontAxes("reduceSum", x, axes), keepDims });

/** Largest element over axes, all by default. */
export const reduceMax = (x: Value, axes?: readonly number[], keepDims = false): Value =>
  x.emitter.op("reduceMax", [x], { axes: frontAxes("reduceMax", x, axes), keepDims });

/** Smallest element over axes, all by default. */
export const reduceMin = (x: Value, axes?: readonly number[], keepDims = false): Value =>
  x.emitter.op("reduceMin", [x], { axes: frontAxes("reduceMin", x, axes), keepDims });

/** Product over axes, all by default; 1 for none. */
export const reduceProd = (x: Value, axes?: readonly number[], keepDims = false): Value =>
  x.emitter.op("reduceProd", [x], { axes: frontAxes("reduceProd", x, axes), keepDims });

/** Position of the largest element along an axis as i32; the first of equals. */
export const argMax = (x: Value, axis = -1, keepDims = false): Value =>
  x.emitter.op("argMax", [x], { axis: normalizeAxis("argMax", axis, x.shape.length), keepDims });
