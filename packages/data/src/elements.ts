// Binary elements of IDX and NPY files as host tensors: byte order, widths that the project has no dtype for.
import { allocate, DataError, sizeOf, tensor } from "@fastgpu/core";
import type { DType, HostTensor, TensorData } from "@fastgpu/core";

/** Element types of files. */
export type ElementType =
  "u8" | "i8" | "bool" | "i16" | "u16" | "i32" | "u32" | "i64" | "u64" | "f16" | "f32" | "f64";

interface Element {
  readonly bytes: number;
  /** What it becomes; integers of other widths become i32, which their values must fit, and f64 is rounded to f32. */
  readonly dtype: DType;
  readonly read: (view: DataView, at: number, isLittle: boolean) => number;
}

const elements: { readonly [T in ElementType]: Element } = {
  u8: { bytes: 1, dtype: "u8", read: (view, at) => view.getUint8(at) },
  i8: { bytes: 1, dtype: "i8", read: (view, at) => view.getInt8(at) },
  bool: { bytes: 1, dtype: "bool", read: (view, at) => Number(view.getUint8(at) !== 0) },
  i16: { bytes: 2, dtype: "i32", read: (view, at, isLittle) => view.getInt16(at, isLittle) },
  u16: { bytes: 2, dtype: "i32", read: (view, at, isLittle) => view.getUint16(at, isLittle) },
  i32: { bytes: 4, dtype: "i32", read: (view, at, isLittle) => view.getInt32(at, isLittle) },
  u32: { bytes: 4, dtype: "i32", read: (view, at, isLittle) => view.getUint32(at, isLittle) },
  i64: {
    bytes: 8,
    dtype: "i32",
    read: (view, at, isLittle) => Number(view.getBigInt64(at, isLittle)),
  },
  u64: {
    bytes: 8,
    dtype: "i32",
    read: (view, at, isLittle) => Number(view.getBigUint64(at, isLittle)),
  },
  f16: { bytes: 2, dtype: "f16", read: (view, at, isLittle) => view.getUint16(at, isLittle) },
  f32: { bytes: 4, dtype: "f32", read: (view, at, isLittle) => view.getFloat32(at, isLittle) },
  f64: { bytes: 8, dtype: "f32", read: (view, at, isLittle) => view.getFloat64(at, isLittle) },
};

/** How the elements of a file are laid out. */
export interface ElementLayout {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly isLittleEndian: boolean;
  /** Bytes of the file before the first element. */
  readonly headerBytes: number;
}

/**
 * The elements of `content` after the header as a tensor. The sizes are checked against the content before anything
 * is allocated, so that no header can ask for more memory than its file fills.
 *
 * @param name - printable path, for messages
 * @throws {DataError} if the content is shorter or longer than the shape says, or an integer does not fit i32
 */
export function decodeElements(name: string, content: Buffer, layout: ElementLayout): HostTensor {
  const { type, shape, headerBytes } = layout;
  const element = elements[type];
  const wanted = shape.reduce((product, size) => product * size, 1) * element.bytes;
  const found = content.length - headerBytes;
  if (wanted !== found) {
    throw new DataError(
      `${name}: data must have ${wanted} bytes for shape [${shape.join(", ")}] of ${type}, got ${found}${found < wanted ? " (truncated file?)" : ""}`,
    );
  }
  const data = allocate(element.dtype, sizeOf(shape));
  const bytes = content.subarray(headerBytes);
  if (type === "u8" || type === "i8") data.set(bytes);
  else if (element.dtype === "i32") readIntegers(name, bytes, layout, data);
  else readFloats(bytes, layout, data);
  return tensor(element.dtype, shape, data);
}

function readFloats(bytes: Buffer, layout: ElementLayout, data: TensorData): void {
  const { bytes: width, read } = elements[layout.type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < data.length; i++) data[i] = read(view, i * width, layout.isLittleEndian);
}

function readIntegers(name: string, bytes: Buffer, layout: ElementLayout, data: TensorData): void {
  const { bytes: width, read } = elements[layout.type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < data.length; i++) {
    const value = read(view, i * width, layout.isLittleEndian);
    if (value > 0x7fff_ffff || value < -0x8000_0000) {
      throw new DataError(
        `${name}: ${layout.type} values must fit i32, got ${value} at element ${i}`,
      );
    }
    data[i] = value;
  }
}
