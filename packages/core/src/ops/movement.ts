// Shared shape of ops that only move elements: attribute checks, and evaluation by an index map.
import { ShapeError } from "../errors.ts";
import { dtypeBytes } from "../graph/dtype.ts";
import { formatShape, sizeOf, stridesOf, type Shape } from "../graph/shape.ts";
import type { TensorType } from "../graph/tensor.ts";

/**
 * Checks a list that must have one integer >= `least` per axis.
 *
 * @throws {ShapeError} otherwise
 */
export function checkPerAxis(
  op: string,
  what: string,
  values: readonly number[],
  shape: Shape,
  least: number,
): void {
  const fits = values.length === shape.length && values.every((value) => isAtLeast(value, least));
  if (!fits) {
    throw new ShapeError(
      `${op}: ${what} must be ${shape.length} integers >= ${least}, got ${formatShape(values)} for x=${formatShape(shape)}`,
    );
  }
}

/**
 * Checks that an attribute is a shape.
 *
 * @throws {ShapeError} for sizes that are negative or no integers
 */
export function checkShape(op: string, what: string, shape: Shape): void {
  if (!shape.every((size) => isAtLeast(size, 0))) {
    throw new ShapeError(`${op}: ${what} must be integers >= 0, got ${formatShape(shape)}`);
  }
}

/**
 * Walks the elements of `shape` in row-major order; `visit` gets the flat index and the sum over axes of
 * `offset + position * steps[axis]`, an index into another array.
 */
export function walk(
  shape: Shape,
  offset: number,
  steps: readonly number[],
  visit: (flat: number, mapped: number) => void,
): void {
  const size = sizeOf(shape);
  const position = new Array<number>(shape.length).fill(0);
  let mapped = offset;
  for (let flat = 0; flat < size; flat++) {
    visit(flat, mapped);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      mapped += steps[axis]!;
      position[axis] = position[axis]! + 1;
      if (position[axis]! < shape[axis]!) break;
      mapped -= steps[axis]! * shape[axis]!;
      position[axis] = 0;
    }
  }
}

/** The elements of `data` that `walk` visits, in its order. */
export function collect(
  data: Float64Array,
  shape: Shape,
  offset: number,
  steps: readonly number[],
): Float64Array {
  const result = new Float64Array(sizeOf(shape));
  walk(shape, offset, steps, (flat, mapped) => {
    result[flat] = data[mapped]!;
  });
  return result;
}

/** Sizes before, at and after an axis, as one block each: the view [outer, size, inner]. */
export function splitAt(shape: Shape, axis: number): { outer: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), inner: sizeOf(shape.slice(axis + 1)) };
}

/** Flat offset of the element at `start` of a row-major array of `shape`. */
export function offsetOf(shape: Shape, start: readonly number[]): number {
  const strides = stridesOf(shape);
  return start.reduce((sum, position, axis) => sum + position * strides[axis]!, 0);
}

/** The `bytes` of an op that reads only the elements it writes. */
export function selectedBytes(
  _inputs: readonly TensorType[],
  _attrs: unknown,
  output: TensorType,
): number {
  return 2 * sizeOf(output.shape) * dtypeBytes[output.dtype];
}

function isAtLeast(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least;
}
