// Reads IDX files, the format of MNIST and its kin (LeCun, Cortes and Burges, "THE MNIST DATABASE", file formats):
// two zero bytes, element type, number of dimensions, the dimensions as big-endian u32, then the elements.
import { DataError } from "@fastgpu/core";
import type { HostTensor } from "@fastgpu/core";
import type { Dataset } from "./dataset.ts";
import { decodeElements } from "./elements.ts";
import type { ElementType } from "./elements.ts";
import { printable, readInput } from "./input-file.ts";
import type { InputLimit } from "./input-file.ts";
import { labelled } from "./labelled.ts";

const types: ReadonlyMap<number, ElementType> = new Map([
  [0x08, "u8"],
  [0x09, "i8"],
  [0x0b, "i16"],
  [0x0c, "i32"],
  [0x0d, "f32"],
  [0x0e, "f64"],
]);

/** Dimensions that make sense; a header that claims more is no IDX header. */
const maxDimensions = 8;

/**
 * Reads one IDX file, plain or gzip, into a tensor of the file's shape: u8, i8, i32 (also for i16) or f32 (also for f64).
 *
 * @throws {DataError} if the magic number, a size or the length of the file is wrong
 */
export async function readIdx(path: string, limit: InputLimit = {}): Promise<HostTensor> {
  return decodeIdx(printable(path), await readInput(path, limit));
}

/**
 * Reads a pair of IDX files: images or other rows [n, ...] as input "x", labels [n] as target "y" (i32).
 *
 * @throws {DataError} as `readIdx`, and if the files differ in their number of rows
 */
export async function readIdxDataset(
  path: string,
  labelsPath: string,
  limit: InputLimit = {},
): Promise<Dataset> {
  const [rows, labels] = await Promise.all([readIdx(path, limit), readIdx(labelsPath, limit)]);
  return labelled(path, rows, labelsPath, labels);
}

function decodeIdx(name: string, content: Buffer): HostTensor {
  const type = types.get(content[2] ?? 0);
  const dimensions = content[3] ?? 0;
  if (content.length < 4 || content.readUInt16BE(0) !== 0 || type === undefined) {
    const magic = content.subarray(0, 4).toString("hex");
    throw new DataError(
      `${name}: IDX magic number must be 0000 and a known element type (08, 09, 0b, 0c, 0d, 0e), got ${magic || "an empty file"}`,
    );
  }
  if (dimensions < 1 || dimensions > maxDimensions) {
    throw new DataError(
      `${name}: IDX file must have 1 to ${maxDimensions} dimensions, got ${dimensions}`,
    );
  }
  const headerBytes = 4 + 4 * dimensions;
  if (content.length < headerBytes) {
    throw new DataError(
      `${name}: IDX header must have ${headerBytes} bytes, got ${content.length} (truncated file?)`,
    );
  }
  const shape = Array.from({ length: dimensions }, (_, at) => content.readUInt32BE(4 + 4 * at));
  return decodeElements(name, content, { type, shape, isLittleEndian: false, headerBytes });
}
