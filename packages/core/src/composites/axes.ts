// Axis arithmetic that several composites share.
import { ShapeError } from "../errors.ts";
import { normalizeAxis, type Shape } from "../graph/shape.ts";

/** Number of elements that a reduction over `axes` folds into one. */
export function countOf(shape: Shape, axes: readonly number[]): number {
  return axes.reduce((count, axis) => count * shape[normalizeAxis("axes", axis, shape.length)]!, 1);
}

/** `[from, ..., rank - 1]`. */
export function axesFrom(from: number, rank: number): number[] {
  return Array.from({ length: rank - from }, (_, i) => from + i);
}

/** All axes but one. */
export function axesExcept(axis: number, rank: number): number[] {
  return axesFrom(0, rank).filter((other) => other !== axis);
}

/** The shape that lays [c] along `axis` of a tensor of that rank: 1 elsewhere. */
export function alongAxis(size: number, axis: number, rank: number): number[] {
  return Array.from({ length: rank }, (_, other) => (other === axis ? size : 1));
}

/**
 * The size of the channel axis 1 of x [n, c, ...].
 *
 * @throws {ShapeError} if x has fewer than two axes
 */
export function channelsOf(name: string, shape: Shape): number {
  const channels = shape[1];
  if (channels === undefined) {
    throw new ShapeError(`${name}: x must be [n, c, ...], got [${shape.join(",")}]`);
  }
  return channels;
}
