// Static shapes: row-major sizes of each axis, numpy broadcasting, strides.
import { ShapeError } from "../errors.ts";

/** Sizes of the axes, outermost first; `[]` is a scalar; sizes are integers >= 0. */
export type Shape = readonly number[];

/** Number of elements; 1 for a scalar, 0 if any axis has size 0. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** True if both shapes have the same rank and sizes. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}

/**
 * Result shape of numpy broadcasting: shapes are aligned at the last axis, sizes must match or be 1.
 *
 * @throws {ShapeError} if some axis has two different sizes and neither is 1
 */
export function broadcastShapes(where: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const sizeA = a[axis - rank + a.length] ?? 1;
    const sizeB = b[axis - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      throw new ShapeError(
        `${where}: shapes must broadcast, got a=${formatShape(a)}, b=${formatShape(b)}`,
      );
    }
    result.push(sizeA === 1 ? sizeB : sizeA);
  }
  return result;
}

/**
 * Maps an axis in [-rank, rank) to [0, rank).
 *
 * @throws {ShapeError} if the axis is outside of that range or no integer
 */
export function normalizeAxis(where: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(`${where}: axis must be an integer in [-${rank}, ${rank}), got ${axis}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** `[2,3]`, for messages and printed graphs. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(",")}]`;
}
