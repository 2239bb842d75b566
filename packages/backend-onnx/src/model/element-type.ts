// Element types in the three languages that meet here: FastGPU's dtypes, ONNX's TensorProto.DataType, ONNX Runtime's names.
import type { DType } from "@fastgpu/core";
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

/** Name of each dtype in ONNX Runtime's JavaScript API. */
export const runtimeTypeOf: {
  readonly f32: "float32";
  readonly f16: "float16";
  readonly i32: "int32";
  readonly i8: "int8";
  readonly u8: "uint8";
  readonly bool: "bool";
} = {
  f32: "float32",
  f16: "float16",
  i32: "int32",
  i8: "int8",
  u8: "uint8",
  bool: "bool",
};
