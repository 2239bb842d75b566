// Reads NPY files (NumPy Enhancement Proposal 1; format versions 1.0, 2.0 and 3.0). Pickled objects are refused:
// reading them would run code from the file.
import { DataError } from "@fastgpu/core";
import type { HostTensor } from "@fastgpu/core";
import { decodeElements } from "./elements.ts";
import type { ElementType } from "./elements.ts";
import { printable, quoted, readInput } from "./input-file.ts";
import type { InputLimit } from "./input-file.ts";

const magic = Buffer.from("\x93NUMPY", "latin1");

const types: ReadonlyMap<string, ElementType> = new Map([
  ["b1", "bool"],
  ["u1", "u8"],
  ["i1", "i8"],
  ["u2", "u16"],
  ["i2", "i16"],
  ["u4", "u32"],
  ["i4", "i32"],
  ["u8", "u64"],
  ["i8", "i64"],
  ["f2", "f16"],
  ["f4", "f32"],
  ["f8", "f64"],
]);

/**
 * Reads one `.npy` file into a tensor of the file's shape: bool, u8, i8, f16 and f32 stay; f64 is rounded to f32; other
 * integers become i32, which their values must fit.
 *
 * @throws {DataError} if the file is no NPY file, is truncated, holds objects or complex numbers, or is in Fortran order
 */
export async function readNpy(path: string, limit: InputLimit = {}): Promise<HostTensor> {
  const name = printable(path);
  const content = await readInput(path, limit);
  if (content.length < 10 || !content.subarray(0, 6).equals(magic)) {
    throw new DataError(`${name}: file must start as NPY files do, got other data`);
  }
  const isShort = (content[6] ?? 0) === 1;
  const textStart = isShort ? 10 : 12;
  const textBytes = isShort
    ? content.readUInt16LE(8)
    : content.length < 12
      ? 0
      : content.readUInt32LE(8);
  const headerBytes = textStart + textBytes;
  if (content.length < headerBytes) {
    throw new DataError(`${name}: NPY header must be complete, got a truncated file`);
  }
  const header = content.toString("latin1", textStart, headerBytes);
  return decodeElements(name, content, { ...parseHeader(name, header), headerBytes });
}

function parseHeader(
  name: string,
  header: string,
): { type: ElementType; shape: number[]; isLittleEndian: boolean } {
  const descr = /'descr'\s*:\s*'([<>|=]?)([A-Za-z]\d*)'/.exec(header);
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(header);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header);
  const type = types.get(descr?.[2] ?? "");
  if (type === undefined) {
    throw new DataError(
      `${name}: NPY elements must be numbers or booleans (never pickled objects), got ${quoted(descr?.[2] ?? header)}`,
    );
  }
  if (shape === null || order === null) {
    throw new DataError(`${name}: NPY header must have shape and order, got ${quoted(header)}`);
  }
  if (order[1] === "True") {
    throw new DataError(
      `${name}: NPY data must be in row-major order, got Fortran order; save numpy.ascontiguousarray(x)`,
    );
  }
  const sizes = (shape[1] ?? "").split(",").filter((size) => size.trim() !== "");
  return {
    type,
    shape: sizes.map((size) => Number.parseInt(size, 10)),
    isLittleEndian: descr?.[1] !== ">",
  };
}
