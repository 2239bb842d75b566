// Element types in the three languages that meet here: FastGPU's dtypes, ONNX's TensorProto.DataType, ONNX Runtime's names.
import type { DType, ModelDType } from "@fastgpu/core";
import { TensorProto_DataType as DataType } from "../proto/onnx.ts";

/** Element types that a lowering may use between casts, beyond the dtypes of graphs. */
export type ElementType = DType | "i64" | "u32" | "u64" | "f64";

/** Code of each element type in `TensorProto.data_type`. */
export const dataTypeOf: { readonly [E in ElementType]: DataType } = {
  f32: DataType.FLOAT,
  f16: DataType.FLOAT16,
  f64: DataType.DOUBLE,
  i32: DataType.INT32,
  i64: DataType.INT64,
  i8: DataType.INT8,
  u8: DataType.UINT8,
  u32: DataType.UINT32,
  u64: DataType.UINT64,
  bool: DataType.BOOL,
};

/** Name of each element type in ONNX Runtime's JavaScript API, of those that it can carry. */
export const runtimeTypeOf: {
  readonly f32: "float32";
  readonly f16: "float16";
  readonly f64: "float64";
  readonly i32: "int32";
  readonly i64: "int64";
  readonly i16: "int16";
  readonly i8: "int8";
  readonly u8: "uint8";
  readonly u16: "uint16";
  readonly u32: "uint32";
  readonly u64: "uint64";
  readonly bool: "bool";
  readonly string: "string";
} = {
  f32: "float32",
  f16: "float16",
  f64: "float64",
  i32: "int32",
  i64: "int64",
  i16: "int16",
  i8: "int8",
  u8: "uint8",
  u16: "uint16",
  u32: "uint32",
  u64: "uint64",
  bool: "bool",
  string: "string",
};

const portTypes = new Map<number, ModelDType>([
  ...(Object.entries(dataTypeOf) as [ElementType, DataType][]).map(
    ([type, code]): [number, ModelDType] => [code, type],
  ),
  [DataType.INT16, "i16"],
  [DataType.UINT16, "u16"],
  [DataType.STRING, "string"],
]);

/** The element type of a code of `TensorProto.data_type`; undefined for one that JavaScript cannot hold. */
export function portTypeOf(code: number): ModelDType | undefined {
  return portTypes.get(code);
}
