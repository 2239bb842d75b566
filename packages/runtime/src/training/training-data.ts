// Checks a data set against the ports of a program and brings it into the form the program takes.
import {
  allocate,
  formatShape,
  formatType,
  sizeOf,
  tensor,
  tensorFrom,
  toNumbers,
  typeBytes,
  UsageError,
  type Graph,
  type HostTensor,
  type TensorMap,
} from "@fastgpu/core";
import type { DataSetName } from "./training-programs.ts";

/** A data set that suits a program. */
export interface CheckedData {
  readonly rows: number;
  readonly tensors: TensorMap;
  readonly sizeBytes: number;
}

/**
 * Matches a data set with the inputs of a program by name: same rows everywhere, same shape of a row, numbers
 * converted to the dtype of the input where they differ.
 *
 * @param program - any of the training's programs that take `x` and `y`
 * @throws {UsageError} naming the data set, the port and both shapes
 */
export function checkData(set: DataSetName, data: TensorMap, program: Graph): CheckedData {
  const names = program.inputs.map(({ name }) => name);
  const extra = Object.keys(data).find((name) => !names.includes(name));
  if (extra !== undefined) {
    throw new UsageError(`${set} data: tensors must be ${names.join(", ")}, got "${extra}"`);
  }
  let rows: number | undefined;
  const entries = program.inputs.map(({ name, node }): readonly [string, HostTensor] => {
    const value = data[name];
    const type = program.nodes[node]?.type;
    if (value === undefined || type === undefined) {
      throw new UsageError(`${set} data: tensors must be ${names.join(", ")}, got no "${name}"`);
    }
    const [found, ...row] = value.shape;
    const expected = type.shape.slice(1);
    if (found === undefined || formatShape(row) !== formatShape(expected)) {
      throw new UsageError(
        `${set} data: "${name}" must be rows of ${formatType({ dtype: type.dtype, shape: expected })}, got ${formatType(value)}`,
      );
    }
    if (rows !== undefined && rows !== found) {
      throw new UsageError(
        `${set} data: all tensors must have the same number of rows, got ${rows} and ${found} in "${name}"`,
      );
    }
    rows = found;
    return [name, value.dtype === type.dtype ? value : convert(value, type.dtype)];
  });
  if (rows === undefined || rows === 0) {
    throw new UsageError(`${set} data: there must be at least one row, got none`);
  }
  const sizeBytes = entries.reduce((sum, [, value]) => sum + typeBytes(value), 0);
  return { rows, tensors: Object.fromEntries(entries), sizeBytes };
}

/** Copies rows of every tensor into new ones, in the order of `rows`. */
export function takeRows(tensors: TensorMap, rows: Int32Array): TensorMap {
  const entries = Object.entries(tensors).map(([name, value]) => {
    const width = sizeOf(value.shape.slice(1));
    const taken = allocate(value.dtype, rows.length * width);
    rows.forEach((row, i) => {
      taken.set(value.data.subarray(row * width, (row + 1) * width), i * width);
    });
    const shape = [rows.length, ...value.shape.slice(1)];
    return [name, tensor(value.dtype, shape, taken)] as const;
  });
  return Object.fromEntries(entries);
}

function convert(value: HostTensor, dtype: HostTensor["dtype"]): HostTensor {
  return tensorFrom(dtype, value.shape, toNumbers(value));
}
