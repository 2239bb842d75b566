// Shared shape of reductions: axes, kept or dropped, and the index walk of the reference.
import { ShapeError } from "../errors.ts";
import { normalizeAxis, sizeOf, stridesOf, type Shape } from "../graph/shape.ts";
import type { RefTensor } from "./op.ts";

/** Axes to reduce (non-negative or negative, unique; `[]` reduces nothing) and whether they stay with size 1. */
export interface ReduceAttrs {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/**
 * Shape after reducing.
 *
 * @throws {ShapeError} for an axis out of range or given twice
 */
export function reducedShape(
  name: string,
  shape: Shape,
  { axes, keepDims }: ReduceAttrs,
): number[] {
  const reduced = axes.map((axis) => normalizeAxis(name, axis, shape.length));
  if (new Set(reduced).size !== reduced.length) {
    throw new ShapeError(`${name}: axes must be unique, got [${axes.join(",")}]`);
  }
  if (keepDims) return shape.map((size, axis) => (reduced.includes(axis) ? 1 : size));
  return shape.filter((_, axis) => !reduced.includes(axis));
}

/** Folds every element of x into its output cell, in row-major order of x. */
export function fold(
  x: RefTensor,
  axes: readonly number[],
  initial: number,
  step: (accumulator: number, value: number) => number,
): Float64Array {
  const reduced = new Set(axes.map((axis) => normalizeAxis("fold", axis, x.shape.length)));
  const kept = x.shape.map((size, axis) => (reduced.has(axis) ? 1 : size));
  const keptStrides = stridesOf(kept).map((stride, axis) => (reduced.has(axis) ? 0 : stride));
  const strides = stridesOf(x.shape);
  const result = new Float64Array(sizeOf(kept)).fill(initial);
  for (let i = 0; i < x.data.length; i++) {
    let rest = i;
    let cell = 0;
    for (let axis = 0; axis < x.shape.length; axis++) {
      const position = Math.floor(rest / strides[axis]!);
      rest -= position * strides[axis]!;
      cell += position * keptStrides[axis]!;
    }
    result[cell] = step(result[cell]!, x.data[i]!);
  }
  return result;
}
