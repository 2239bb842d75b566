// Reads the value of a model file's port from a file of the user.
import {
  DataError,
  formatPort,
  shapeMismatch,
  tensorFrom,
  toNumbers,
  type ModelPort,
  type ModelTensor,
} from "@fastgpu/core";
import { readNpy } from "@fastgpu/data";
import { isGraphDtype } from "./random-tensor.ts";

/**
 * The value in a .npy file, as the element type of its port.
 *
 * @throws {DataError} if the file cannot be read, or its shape does not fit the port
 */
export async function readPortFile(path: string, port: ModelPort): Promise<ModelTensor> {
  const value = await readNpy(path);
  const mismatch = shapeMismatch(port.shape, value.shape, new Map());
  if (mismatch !== undefined) {
    throw new DataError(
      `${path}: value of "${port.name}" must be ${formatPort(port)}, got ${mismatch} in [${value.shape.join(",")}]`,
    );
  }
  if (value.dtype === port.dtype) return value;
  const numbers = toNumbers(value);
  const { dtype } = port;
  if (isGraphDtype(dtype)) return tensorFrom(dtype, value.shape, numbers);
  if (dtype === "i64") {
    return { dtype, shape: value.shape, data: BigInt64Array.from(numbers, BigInt) };
  }
  if (dtype === "f64") return { dtype, shape: value.shape, data: numbers };
  throw new DataError(`${path}: a file can give values of ${dtype} to no port, got "${port.name}"`);
}
