// The safetensors format: 8 bytes little-endian length, a JSON header, then the tensors' bytes without gaps.
// Format: https://github.com/huggingface/safetensors, README, "Format". Files are untrusted: every number in a header is
// checked before it is used.
import { DataError, dtypeBytes, sizeOf, tensor, viewBytes } from "@fastgpu/core";
import type { DType, HostTensor, TensorMap } from "@fastgpu/core";

/** Content of a file. */
export interface SafetensorsContent {
  readonly tensors: TensorMap;
  /** The header's `__metadata__`: texts by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

const nameOf: { readonly [D in DType]: string } = {
  f32: "F32",
  f16: "F16",
  i32: "I32",
  i8: "I8",
  u8: "U8",
  bool: "BOOL",
};

const dtypeOf: ReadonlyMap<string, DType> = new Map(
  Object.entries(nameOf).map(([dtype, name]) => [name, dtype as DType]),
);

/** Largest header the format's own readers accept, bytes. */
const maxHeaderBytes = 100_000_000;
/** Readers map tensors in place, so their bytes start aligned. */
const alignment = 8;
/** More axes than any layer has. */
const maxRank = 32;

/** Encodes tensors; larger elements come first, so that each tensor is aligned. */
export function encodeSafetensors({ tensors, metadata }: SafetensorsContent): Uint8Array {
  const entries = Object.entries(tensors).sort(
    ([a, x], [b, y]) => dtypeBytes[y.dtype] - dtypeBytes[x.dtype] || (a < b ? -1 : 1),
  );
  let offset = 0;
  const described = entries.map(([name, { dtype, shape, data }]) => {
    const begin = offset;
    offset += data.byteLength;
    return [name, { dtype: nameOf[dtype], shape, data_offsets: [begin, offset] }] as const;
  });
  const header = JSON.stringify(Object.fromEntries([["__metadata__", metadata], ...described]));
  const encoded = new TextEncoder().encode(header);
  const headerBytes = Math.ceil(encoded.length / alignment) * alignment;
  const file = new Uint8Array(8 + headerBytes + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  // Spaces are JSON; the format asks for them as padding.
  file.fill(0x20, 8, 8 + headerBytes);
  file.set(encoded, 8);
  let at = 8 + headerBytes;
  for (const [, { data }] of entries) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/**
 * Decodes a file's bytes.
 *
 * @param where - names the file in messages
 * @throws {DataError} if the file is cut short, its header is damaged, or tensors overlap, leave gaps or do not fit
 */
export function decodeSafetensors(where: string, file: Uint8Array): SafetensorsContent {
  const header = readHeader(where, file);
  const { __metadata__: metadata, ...described } = header.values;
  const body = file.byteLength - header.endBytes;
  const places = Object.entries(described).map(([name, value]) => placeOf(where, name, value));
  checkCover(where, places, body);
  // A copy, aligned whatever the length of the header was. (A Buffer's `slice` would not copy.)
  const bytes = new Uint8Array(file.subarray(header.endBytes));
  const tensors = places.map(({ name, dtype, shape, begin }): readonly [string, HostTensor] => {
    const length = sizeOf(shape);
    const isAligned = begin % dtypeBytes[dtype] === 0;
    const source = isAligned ? bytes : bytes.slice(begin, begin + length * dtypeBytes[dtype]);
    const data = viewBytes(dtype, source.buffer, isAligned ? begin : 0, length);
    return [name, tensor(dtype, shape, data)];
  });
  return { tensors: Object.fromEntries(tensors), metadata: texts(where, metadata) };
}

interface Place {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readHeader(
  where: string,
  file: Uint8Array,
): { readonly values: Readonly<Record<string, unknown>>; readonly endBytes: number } {
  if (file.byteLength < 8) {
    throw new DataError(`${where}: file must have at least 8 bytes, got ${file.byteLength}`);
  }
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  const limit = Math.min(maxHeaderBytes, file.byteLength - 8);
  if (length > BigInt(limit)) {
    throw new DataError(`${where}: header must fit into the file's ${limit} bytes, got ${length}`);
  }
  const endBytes = 8 + Number(length);
  let values: unknown;
  try {
    values = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(file.subarray(8, endBytes)),
    );
  } catch (error) {
    throw new DataError(`${where}: header must be JSON, got damaged text`, { cause: error });
  }
  if (!isObject(values)) throw new DataError(`${where}: header must be an object of tensors`);
  return { values, endBytes };
}

function placeOf(where: string, name: string, value: unknown): Place {
  const label = JSON.stringify(name.slice(0, 80));
  const refuse = (rule: string): never => {
    throw new DataError(`${where}: tensor ${label} must have ${rule}`);
  };
  if (!isObject(value)) return refuse("dtype, shape and data_offsets");
  const { dtype: dtypeName, shape, data_offsets: offsets } = value;
  const dtype = typeof dtypeName === "string" ? dtypeOf.get(dtypeName) : undefined;
  if (dtype === undefined) {
    return refuse(`a dtype of ${[...dtypeOf.keys()].join(", ")}, got ${short(dtypeName)}`);
  }
  if (!isSizes(shape) || shape.length > maxRank) {
    return refuse(`a shape of integers >= 0, got ${short(shape)}`);
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    return refuse(`two data_offsets >= 0, got ${short(offsets)}`);
  }
  const [begin = 0, end = 0] = offsets;
  const sizeBytes = sizeOf(shape) * dtypeBytes[dtype];
  if (end - begin !== sizeBytes) {
    return refuse(`data_offsets ${sizeBytes} bytes apart for its shape, got ${end - begin}`);
  }
  return { name, dtype, shape, begin, end };
}

/** The format wants every byte of the body to belong to exactly one tensor. */
function checkCover(where: string, places: readonly Place[], bodyBytes: number): void {
  let offset = 0;
  for (const { begin, end } of [...places].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== offset) {
      throw new DataError(
        `${where}: tensors must follow each other without gaps, got one at byte ${begin} and not ${offset}`,
      );
    }
    offset = end;
  }
  if (offset !== bodyBytes) {
    throw new DataError(
      `${where}: tensors must fill the file, got ${bodyBytes} bytes for ${offset}`,
    );
  }
}

function texts(where: string, metadata: unknown): Readonly<Record<string, string>> {
  if (metadata === undefined) return {};
  if (isObject(metadata)) {
    const entries = Object.entries(metadata);
    const strings = entries.flatMap(([name, text]) =>
      typeof text === "string" ? [[name, text] as const] : [],
    );
    if (strings.length === entries.length) return Object.fromEntries(strings);
  }
  throw new DataError(`${where}: __metadata__ must be texts by name`);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function short(value: unknown): string {
  // JSON has no word for undefined; the compiler does not know.
  const text = JSON.stringify(value) as string | undefined;
  return (text ?? "none").slice(0, 60);
}
