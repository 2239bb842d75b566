// Values of model files: storage by element type, and the check of data against it.
import { expect, it } from "vitest";
import {
  allocateModelData,
  modelDtypeBytes,
  modelDtypes,
  modelTensor,
  type ModelDType,
} from "./model-tensor.ts";

// Sizes as in the ONNX specification of TensorProto.DataType.
const bytes: Readonly<Record<ModelDType, number>> = {
  f32: 4,
  f16: 2,
  f64: 8,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  bool: 1,
  string: 0,
};

it("has storage of the right width for every element type", () => {
  expect(new Set(modelDtypes)).toEqual(new Set(Object.keys(bytes)));
  for (const dtype of modelDtypes) {
    const data = allocateModelData(dtype, 3);
    expect(data).toHaveLength(3);
    expect(modelDtypeBytes(dtype)).toBe(bytes[dtype]);
    if (ArrayBuffer.isView(data)) expect(data.byteLength).toBe(3 * bytes[dtype]);
    else expect(data).toEqual(["", "", ""]);
  }
});

it("refuses data of another length or storage", () => {
  expect(modelTensor("i64", [2], BigInt64Array.of(1n, 2n)).data[1]).toBe(2n);
  expect(() => modelTensor("i64", [3], BigInt64Array.of(1n, 2n))).toThrow(
    "data of i64[3] must be 3 elements in a BigInt64Array, got 2 in a BigInt64Array",
  );
  const wrong = new Int32Array(2) as unknown as BigInt64Array;
  expect(() => modelTensor("i64", [2], wrong)).toThrow("got 2 in a Int32Array");
});
