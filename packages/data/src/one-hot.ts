// Class indices as rows of zeros with a single one.
import { allocate, DataError, formatType, tensor } from "@fastgpu/core";
import type { HostTensor } from "@fastgpu/core";

/**
 * labels [n] or [n, 1] of whole numbers in 0..classes-1 -> f32 [n, classes], 1 at the label and 0 elsewhere.
 *
 * @param labels - any dtype but f16
 * @param classes - number of classes, at least 1
 * @throws {DataError} if a label is no whole number in range (the message names its row), or the shape is not [n] or [n, 1]
 */
export function oneHot(labels: HostTensor, classes: number): HostTensor<"f32"> {
  const isColumn = labels.shape.length === 2 && labels.shape[1] === 1;
  if ((labels.shape.length !== 1 && !isColumn) || labels.dtype === "f16") {
    throw new DataError(
      `oneHot: labels must be [n] or [n, 1] and not f16, got ${formatType(labels)}`,
    );
  }
  if (!Number.isSafeInteger(classes) || classes < 1) {
    throw new DataError(`oneHot: classes must be an integer of at least 1, got ${classes}`);
  }
  const size = labels.data.length;
  const encoded = allocate("f32", size * classes);
  for (let row = 0; row < size; row++) {
    const label = labels.data[row] ?? 0;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new DataError(
        `oneHot: labels must be whole numbers from 0 to ${classes - 1}, got ${label} in row ${row}`,
      );
    }
    encoded[row * classes + label] = 1;
  }
  return tensor("f32", [size, classes], encoded);
}
