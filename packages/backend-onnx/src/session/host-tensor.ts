// Host tensors as ONNX Runtime tensors and back, without copies.
import {
  allocate,
  sizeOf,
  viewBytes,
  type DType,
  type HostTensor,
  type TensorData,
  type TensorType,
} from "@fastgpu/core";
import { Tensor } from "onnxruntime-node";
import { runtimeTypeOf } from "../model/element-type.ts";

/** Wraps host memory as a tensor of the engine; both share it from then on. */
export function wrapData({ dtype, shape }: TensorType, data: TensorData): Tensor {
  // f16 bits are taken as a Uint16Array by every version, which the overload list does not say.
  return new Tensor(runtimeTypeOf[dtype] as "float32", data as Float32Array, shape);
}

/** A zeroed tensor of the engine in host memory. */
export function allocateTensor(type: TensorType): Tensor {
  return wrapData(type, allocate(type.dtype, sizeOf(type.shape)));
}

/** The elements of a tensor in host memory, not copied. */
export function dataOf(tensor: Tensor, dtype: DType): TensorData {
  const { data } = tensor;
  if (Array.isArray(data)) throw new TypeError("tensor: text has no dtype, got strings");
  const { buffer, byteOffset, length } = data;
  return viewBytes(dtype, buffer as ArrayBuffer, byteOffset, length);
}

/** A copy of a tensor in host memory. */
export function copyOut(tensor: Tensor, { dtype, shape }: TensorType): HostTensor {
  return { dtype, shape, data: dataOf(tensor, dtype).slice() };
}
