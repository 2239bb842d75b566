// Types as TensorFlow.js kernels know them, and how dtypes of graphs map to them.
import { isFloat, type DType, type TensorType } from "@fastgpu/core";

/** Element types of kernels. */
export type KernelDType = "float32" | "int32" | "bool";

/** Type of a register. */
export interface KernelType {
  readonly dtype: KernelDType;
  readonly shape: readonly number[];
}

/** The element type that stands for a dtype: f16 is computed in float32, the small integers in int32. */
export function kernelDType(dtype: DType): KernelDType {
  if (isFloat(dtype)) return "float32";
  return dtype === "bool" ? "bool" : "int32";
}

/** The type that stands for a graph's type. */
export function kernelType({ dtype, shape }: TensorType): KernelType {
  return { dtype: kernelDType(dtype), shape };
}
