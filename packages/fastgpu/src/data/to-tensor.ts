// Brings what users hold - tensors, typed arrays, nested arrays of numbers - into the one form a program takes.
import {
  DataError,
  formatShape,
  formatType,
  sameShape,
  sizeOf,
  tensor,
  tensorFrom,
  toNumbers,
  type HostTensor,
  type Shape,
} from "@fastgpu/core";
import { oneHot } from "@fastgpu/data";
import type { ModelPortInfo } from "../ports.ts";

/** Arrays of numbers to any depth, all of one length at each depth. */
export type NestedNumbers = readonly (number | boolean | NestedNumbers)[];

/** Numbers in row-major order, of which the model tells the shape of a row. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array
  | Uint8ClampedArray;

/** What stands for a tensor [rows, ...row]. */
export type TensorLike = HostTensor | NumberArray | NestedNumbers;

/**
 * The value as a tensor [rows, ...row] of a port's dtype. Accepts [rows] for rows of one element, class numbers where
 * the loss takes rows of zeros and a one, and flat typed arrays.
 *
 * @param where - what is being done and with what, for messages: `fit: x`
 * @throws {DataError} if the shape does not fit, arrays are ragged, or whole numbers are missing or out of range
 */
export function toTensor(where: string, value: TensorLike, port: ModelPortInfo): HostTensor {
  const given = asTensor(where, value, port);
  const labels = classNumbers(given, port);
  const shaped = labels ?? withRowShape(where, given, port);
  const converted = shaped.dtype === port.dtype ? shaped : convert(where, shaped, port);
  checkRange(where, converted, port);
  return converted;
}

function asTensor(where: string, value: TensorLike, port: ModelPortInfo): HostTensor {
  if (isTensor(value)) {
    if (value.data.length === sizeOf(value.shape)) return value;
    throw new DataError(
      `${where}: data must hold as many elements as the shape says, got ${value.data.length} for ${formatShape(value.shape)}`,
    );
  }
  if (ArrayBuffer.isView(value)) return fromFlat(where, value, port);
  if (Array.isArray(value)) return fromNested(where, value);
  throw new DataError(
    `${where}: must be a tensor, a typed array or nested arrays of numbers, got ${typeof value}`,
  );
}

/** True for tensors; takes anything, as callers without a compiler may pass anything. */
export function isTensor(value: unknown): value is HostTensor {
  return (
    typeof value === "object" &&
    value !== null &&
    "dtype" in value &&
    "shape" in value &&
    "data" in value
  );
}

function fromFlat(where: string, values: NumberArray, { row, acceptsClasses }: ModelPortInfo) {
  // As many numbers as rows could be a list of class numbers; the rest of the checks decide.
  const isIntegers = !(values instanceof Float32Array || values instanceof Float64Array);
  if (acceptsClasses === true && isIntegers) {
    return tensorFrom("i32", [values.length], values);
  }
  const width = sizeOf(row);
  if (width === 0 || values.length % width !== 0) {
    throw new DataError(
      `${where}: a flat array must hold whole rows of ${width} numbers, got ${values.length} numbers`,
    );
  }
  const shape = [values.length / width, ...row];
  return values instanceof Int32Array
    ? tensor("i32", shape, values)
    : values instanceof Float32Array
      ? tensor("f32", shape, values)
      : tensorFrom(isIntegers ? "i32" : "f32", shape, values);
}

function fromNested(where: string, values: NestedNumbers): HostTensor {
  const shape: number[] = [];
  for (let level: unknown = values; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const flat = new Float64Array(sizeOf(shape));
  let next = 0;
  const copy = (level: NestedNumbers, depth: number, row: number): void => {
    if (level.length !== shape[depth]) {
      throw new DataError(
        `${where}: rows must have equal sizes, got ${level.length} and ${shape[depth] ?? 0} elements (row ${row})`,
      );
    }
    level.forEach((item, i) => {
      const at = depth === 0 ? i : row;
      if (depth + 1 < shape.length && Array.isArray(item)) {
        copy(item as NestedNumbers, depth + 1, at);
        return;
      }
      if (depth + 1 < shape.length || (typeof item !== "number" && typeof item !== "boolean")) {
        const found = Array.isArray(item) ? "an array" : JSON.stringify(item);
        throw new DataError(`${where}: elements must be numbers, got ${found} (row ${at})`);
      }
      flat[next++] = Number(item);
    });
  };
  copy(values, 0, 0);
  const isWhole = flat.every((number) => Number.isInteger(number));
  return tensorFrom(isWhole ? "i32" : "f32", shape, flat);
}

/** Rows of zeros and a one, if the value is a list of class numbers and the port takes such rows. */
function classNumbers(given: HostTensor, port: ModelPortInfo): HostTensor | undefined {
  const [classes = 0] = port.row;
  if (port.acceptsClasses !== true || port.row.length !== 1 || classes < 2) return undefined;
  const isList =
    given.shape.length === 1 || (given.shape.length === 2 && given.shape[1] === 1 && classes !== 1);
  const isWhole = given.dtype === "i32" || given.dtype === "u8" || given.dtype === "i8";
  return isList && isWhole ? oneHot(given, classes) : undefined;
}

/** The value with its rows in the port's shape: axes of size 1 at the end may be missing or too many. */
function withRowShape(where: string, given: HostTensor, port: ModelPortInfo): HostTensor {
  const [rows, ...row] = given.shape;
  if (rows !== undefined && sameShape(trimmed(row), trimmed(port.row))) {
    return sameShape(row, port.row) ? given : { ...given, shape: [rows, ...port.row] };
  }
  throw new DataError(
    `${where}: must be rows of ${formatType({ dtype: port.dtype, shape: port.row })}, got ${formatType(given)}${hintFor(given, port)}`,
  );
}

function trimmed(shape: Shape): Shape {
  const last = shape.findLastIndex((size) => size !== 1);
  return shape.slice(0, last + 1);
}

function hintFor(given: HostTensor, { row, dtype, limit, acceptsClasses }: ModelPortInfo): string {
  const found = given.shape.slice(1);
  if (dtype === "i32" && limit !== undefined && found.at(-1) === limit) {
    return `; give class numbers, or use the loss categoricalCrossentropy`;
  }
  if (acceptsClasses === true && given.shape.length === 1) {
    return `; class numbers must be whole`;
  }
  if (sameShape(given.shape, row)) return "; put a single row into an array of one";
  return sizeOf(found) === sizeOf(row) && given.shape.length > 1
    ? `; the elements are as many, so reshape the rows or change the input layer`
    : "";
}

function convert(where: string, value: HostTensor, port: ModelPortInfo): HostTensor {
  const numbers = toNumbers(value);
  if (port.dtype === "i32") {
    const at = numbers.findIndex((number) => !Number.isInteger(number));
    if (at >= 0) {
      throw new DataError(
        `${where}: elements must be whole numbers, got ${numbers[at] ?? NaN} (row ${rowOf(value, at)})`,
      );
    }
  }
  return tensorFrom(port.dtype, value.shape, numbers);
}

function checkRange(where: string, value: HostTensor, { limit }: ModelPortInfo): void {
  if (limit === undefined || value.dtype !== "i32") return;
  const at = value.data.findIndex((index) => index < 0 || index >= limit);
  if (at < 0) return;
  throw new DataError(
    `${where}: whole numbers must be in [0, ${limit}), got ${value.data[at] ?? 0} (row ${rowOf(value, at)})`,
  );
}

function rowOf(value: HostTensor, element: number): number {
  return Math.floor(element / sizeOf(value.shape.slice(1)));
}
