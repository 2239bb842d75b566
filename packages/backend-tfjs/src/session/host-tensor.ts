// Tensors of the host as tensors of the engine and back.
import {
  tensorFrom,
  toNumbers,
  type HostTensor,
  type TensorData,
  type TensorType,
} from "@fastgpu/core";
import { makeTensor, type EngineTensor } from "../engines/tfjs.ts";
import { arrayOf } from "../lower/kernels.ts";
import { kernelDType } from "../tape/kernel-type.ts";

/** Copies a tensor to the engine. */
export function upload(value: HostTensor): EngineTensor {
  const { dtype, shape, data } = value;
  const kind = kernelDType(dtype);
  // Some engines keep the array itself, so it must be a copy.
  const copy =
    dtype === "f32" || dtype === "i32" || dtype === "bool"
      ? (data.slice() as Float32Array | Int32Array | Uint8Array)
      : arrayOf(kind, toNumbers(value));
  return makeTensor(copy, shape, kind);
}

/** Copies a tensor from the engine; waits for the calls that make it. */
export async function download(source: EngineTensor, type: TensorType): Promise<HostTensor> {
  const { dtype, shape } = type;
  const found = await source.data();
  if (dtype === "f32" || dtype === "i32" || dtype === "bool") {
    // Engines may hand out the memory they compute in.
    return { dtype, shape, data: found.slice() as TensorData };
  }
  return tensorFrom(dtype, shape, found as unknown as ArrayLike<number>);
}
