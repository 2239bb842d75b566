// Tensors as values on the host: dtype, shape and contiguous row-major data. The only form in which data enters or
// leaves a device.
import { allocate, dtypeBytes, type DType, type TensorDataOf } from "./dtype.ts";
import { formatShape, sizeOf, type Shape } from "./shape.ts";
import { float16ToNumber, numberToFloat16 } from "./float16.ts";
import { ShapeError } from "../errors.ts";

/** What is known of a tensor before it has data. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A tensor on the host; `data` holds `sizeOf(shape)` elements, row-major, contiguous. */
export interface HostTensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: Shape;
  readonly data: TensorDataOf[D];
}

/** Tensors by name. */
export type TensorMap = Readonly<Record<string, HostTensor>>;

/**
 * Wraps data as a tensor without copying.
 *
 * @throws {ShapeError} if `data` does not hold exactly `sizeOf(shape)` elements
 */
export function tensor<D extends DType>(
  dtype: D,
  shape: Shape,
  data: TensorDataOf[D],
): HostTensor<D> {
  if (data.length !== sizeOf(shape)) {
    throw new ShapeError(
      `tensor: data length must be the product of the shape, got ${data.length} for ${formatShape(shape)}`,
    );
  }
  return { dtype, shape, data };
}

/** Makes a tensor of any dtype from numbers: floats are rounded to nearest even, integers wrap, bool is `!= 0`. */
export function tensorFrom<D extends DType>(
  dtype: D,
  shape: Shape,
  values: ArrayLike<number>,
): HostTensor<D> {
  const data = allocate(dtype, values.length);
  for (let i = 0; i < values.length; i++) data[i] = encode(dtype, values[i] ?? 0);
  return tensor(dtype, shape, data);
}

/** The elements as numbers, in row-major order. */
export function toNumbers(value: HostTensor): Float64Array {
  // A copy from typed array to typed array; `from` would walk an iterator, at ten times the cost.
  const numbers = new Float64Array(value.data);
  if (value.dtype === "f16") {
    for (let i = 0; i < numbers.length; i++) numbers[i] = float16ToNumber(numbers[i] ?? 0);
  }
  return numbers;
}

/** `f32[2,3]`, for messages and printed graphs. */
export function formatType(type: TensorType): string {
  return `${type.dtype}${formatShape(type.shape)}`;
}

/** Size of the elements in bytes. */
export function typeBytes(type: TensorType): number {
  return sizeOf(type.shape) * dtypeBytes[type.dtype];
}

function encode(dtype: DType, value: number): number {
  if (dtype === "f16") return numberToFloat16(value);
  if (dtype === "bool") return value === 0 ? 0 : 1;
  return value;
}
