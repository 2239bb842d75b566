// A tensor of rows and a tensor of labels, read from two files, as a data set.
import { DataError, formatType, tensor } from "@fastgpu/core";
import type { HostTensor } from "@fastgpu/core";
import { Dataset } from "./dataset.ts";
import { printable } from "./input-file.ts";

/**
 * Rows [n, ...] as input "x" and labels [n, ...] as target "y"; whole-number labels become i32.
 *
 * @throws {DataError} if the two differ in n, or there are no dimensions
 */
export function labelled(
  path: string,
  rows: HostTensor,
  labelsPath?: string,
  labels?: HostTensor,
): Dataset {
  if (rows.shape.length === 0) {
    throw new DataError(`${printable(path)}: data must have rows, got a single value`);
  }
  if (labels === undefined || labelsPath === undefined) return new Dataset({ inputs: { x: rows } });
  if (labels.shape[0] !== rows.shape[0]) {
    throw new DataError(
      `${printable(labelsPath)}: there must be one label per row of ${printable(path)}, got ${formatType(labels)} for ${formatType(rows)}`,
    );
  }
  return new Dataset({ inputs: { x: rows }, targets: { y: asIndices(labels) } });
}

function asIndices(labels: HostTensor): HostTensor {
  if (labels.dtype === "f32" || labels.dtype === "f16") return labels;
  return tensor("i32", labels.shape, Int32Array.from(labels.data));
}
