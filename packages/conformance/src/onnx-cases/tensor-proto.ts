// Reads ONNX TensorProto messages, the form in which official cases store their data. Only this one message is needed
// here, so it is read field by field with the wire reader of protobuf-es; whole models are the backend's business.
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import {
  DataError,
  modelTensor,
  sizeOf,
  type ModelDType,
  type ModelDataOf,
  type ModelTensor,
} from "@fastgpu/core";

/** Codes of TensorProto.DataType that JavaScript can hold. */
const dtypeOfCode: ReadonlyMap<number, ModelDType> = new Map<number, ModelDType>([
  [1, "f32"],
  [2, "u8"],
  [3, "i8"],
  [4, "u16"],
  [5, "i16"],
  [6, "i32"],
  [7, "i64"],
  [8, "string"],
  [9, "bool"],
  [10, "f16"],
  [11, "f64"],
  [12, "u32"],
  [13, "u64"],
]);

/** A tensor with the name under which the file stores it, `""` for none. */
export interface NamedTensor {
  readonly name: string;
  readonly value: ModelTensor;
}

/** What a message holds before its parts are put together. */
interface Fields {
  dims: number[];
  code: number;
  name: string;
  raw?: Uint8Array;
  numbers: number[];
  bigints: bigint[];
  strings: string[];
}

/**
 * Reads one tensor.
 *
 * @param where - names the file in messages
 * @throws {DataError} if the bytes are no tensor, or one of an element type that JavaScript cannot hold
 */
export function readTensorProto(where: string, bytes: Uint8Array): NamedTensor {
  let fields: Fields;
  try {
    fields = readFields(bytes);
  } catch (cause) {
    throw new DataError(`${where}: a file must hold one TensorProto, got ${bytes.length} bytes`, {
      cause,
    });
  }
  const dtype = dtypeOfCode.get(fields.code);
  if (dtype === undefined) {
    throw new DataError(
      `${where}: elements must be of a type that JavaScript can hold, got ONNX element type ${fields.code}`,
    );
  }
  const length = sizeOf(fields.dims);
  return {
    name: fields.name,
    value: modelTensor(dtype, fields.dims, dataOf(fields, dtype, length)),
  };
}

function readFields(bytes: Uint8Array): Fields {
  const fields: Fields = { dims: [], code: 0, name: "", numbers: [], bigints: [], strings: [] };
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const each = (read: () => void): void => {
      if (wire !== WireType.LengthDelimited) {
        read();
        return;
      }
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) read();
    };
    if (field === 1) each(() => fields.dims.push(Number(reader.int64())));
    else if (field === 2) fields.code = reader.int32();
    else if (field === 4) each(() => fields.numbers.push(reader.float()));
    else if (field === 5) each(() => fields.numbers.push(reader.int32()));
    else if (field === 6) fields.strings.push(new TextDecoder().decode(reader.bytes()));
    else if (field === 7) each(() => fields.bigints.push(BigInt(reader.int64())));
    else if (field === 8) fields.name = reader.string();
    else if (field === 9) fields.raw = reader.bytes();
    else if (field === 10) each(() => fields.numbers.push(reader.double()));
    else if (field === 11) each(() => fields.bigints.push(BigInt(reader.uint64())));
    else reader.skip(wire, field);
  }
  return fields;
}

const storages = {
  f32: Float32Array,
  f16: Uint16Array,
  f64: Float64Array,
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  i64: BigInt64Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  u64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** The elements: raw little-endian bytes, or the list of the field that ONNX assigns to the type. */
function dataOf<D extends ModelDType>(fields: Fields, dtype: D, length: number): ModelDataOf[D] {
  // Each branch gives the storage of ModelDataOf[dtype]; TypeScript cannot follow that.
  return elementsOf(fields, dtype, length) as ModelDataOf[D];
}

function elementsOf(
  { raw, strings, bigints, numbers }: Fields,
  dtype: ModelDType,
  length: number,
): ModelDataOf[ModelDType] {
  if (dtype === "string") return strings;
  const Storage = storages[dtype];
  if (raw !== undefined) {
    // A copy is aligned; a view into the file need not be. Not slice(): that of a Buffer copies nothing.
    const copy = new Uint8Array(raw);
    return new Storage(copy.buffer, 0, Math.floor(copy.byteLength / Storage.BYTES_PER_ELEMENT));
  }
  if (dtype === "i64") return BigInt64Array.from(bigints);
  if (dtype === "u64") return BigUint64Array.from(bigints);
  if (length === 0) return new Storage(0);
  const wide = dtype === "u32" ? bigints.map(Number) : numbers;
  return storages[dtype].from(wide);
}
