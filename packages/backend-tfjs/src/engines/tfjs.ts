// The one copy of TensorFlow.js in this process and what of it is used: its engine, which is a global, as values with
// types of our own where its declarations are loose.
import * as core from "@tensorflow/tfjs-core";
import type { KernelDType } from "../tape/kernel-type.ts";

/** A tensor of the engine; counted, and to be disposed of by whoever holds it. */
export type EngineTensor = core.Tensor;

/** The engine of this process. Kernels run on the engine that was made current last. */
export const tfjs: typeof core = core;

// Otherwise it advertises another package on stderr.
core.env().set("PROD", true);

/** Version of TensorFlow.js. */
export const tfjsVersion: string = core.version_core;

/** Makes a tensor; the data must not be changed afterwards, as some engines keep it. */
export function makeTensor(
  data: Float32Array | Int32Array | Uint8Array,
  shape: readonly number[],
  dtype: KernelDType,
): EngineTensor {
  return core.engine().makeTensor(data, [...shape], dtype);
}

/** Runs a kernel on the current engine; results in the kernel's order. */
export function runKernel(
  kernel: string,
  inputs: Readonly<Record<string, EngineTensor>> | readonly EngineTensor[],
  attrs: Readonly<Record<string, unknown>>,
): EngineTensor | EngineTensor[] {
  return core.engine().runKernel(kernel, inputs as core.NamedTensorMap, attrs as core.NamedAttrMap);
}
