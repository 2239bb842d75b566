// What sets one engine apart from another where that decides how a graph is lowered. Measured, see docs/measurements.
import type { DType, PrimitiveName } from "@fastgpu/core";
import type { EngineName } from "./engine-name.ts";

/** An op; an op with results of one dtype, `add i32`; or with a first operand of one dtype, `argMax(i32)`. */
export type HostOp = PrimitiveName | `${PrimitiveName} ${DType}` | `${PrimitiveName}(${DType})`;

/** Facts about an engine's kernels that lowerings depend on. */
export interface EngineTraits {
  /** BatchMatMul takes transposed operands at full speed; otherwise operands are transposed first. */
  readonly hasTransposedProducts: boolean;
  /** BatchMatMul takes several matrices at full speed; otherwise each product is a call. */
  readonly hasBatchedProducts: boolean;
  /** BatchMatMul keeps what it made of the right operand under the name of its memory, whatever its shape. */
  readonly cachesRightOperand: boolean;
  /** Pooling kernels take padding of any size; otherwise the operand is padded first. */
  readonly hasExplicitPadding: boolean;
  /** Maximum and Minimum give NaN whenever an operand is NaN. */
  readonly propagatesNaN: boolean;
  /** Max and Min reduce other axes than the last ones right. */
  readonly reducesAnyAxis: boolean;
  /** ArgMax is right along axes of any length. */
  readonly hasArgMax: boolean;
  /** Cast to float32 relabels what lies in memory, and some kernels then read it as it lies. */
  readonly castsInPlace: boolean;
  /** StridedSlice takes every element type, and at full speed. */
  readonly hasStridedSlices: boolean;
  /** Which of equal elements of a window MaxPoolGrad takes for the maximum; slow: the kernel does not pay. */
  readonly maxPoolGradTakes: "first" | "last" | "slow";
  /** Primitives that run on the host, by the core's own definition, since no kernel gives the right result. */
  readonly hostOps: readonly HostOp[];
}

/** The facts, by engine. */
export const engineTraits: { readonly [E in EngineName]: EngineTraits } = {
  cpu: {
    hasTransposedProducts: true,
    hasBatchedProducts: true,
    hasExplicitPadding: true,
    propagatesNaN: true,
    reducesAnyAxis: true,
    hasArgMax: true,
    castsInPlace: false,
    cachesRightOperand: false,
    hasStridedSlices: true,
    maxPoolGradTakes: "first",
    hostOps: ["randomUniform", "matmul i32"],
  },
  wasm: {
    // 3.4 GFLOP/s instead of 44.
    hasTransposedProducts: false,
    hasBatchedProducts: false,
    hasExplicitPadding: true,
    propagatesNaN: false,
    reducesAnyAxis: true,
    hasArgMax: true,
    castsInPlace: false,
    cachesRightOperand: true,
    hasStridedSlices: false,
    maxPoolGradTakes: "slow",
    hostOps: ["randomUniform", "matmul i32"],
  },
  webgpu: {
    hasTransposedProducts: true,
    hasBatchedProducts: true,
    hasExplicitPadding: true,
    propagatesNaN: true,
    reducesAnyAxis: false,
    hasArgMax: false,
    castsInPlace: true,
    cachesRightOperand: false,
    hasStridedSlices: true,
    maxPoolGradTakes: "last",
    // The kernels take integers through f32, which holds them up to 2^24 only.
    hostOps: [
      "randomUniform",
      "sign i32",
      "matmul i32",
      "scatterAdd i32",
      "reduceSum i32",
      "reduceProd i32",
      "reduceMax i32",
      "reduceMin i32",
      "argMax(i32)",
      "transpose i32",
      "transpose bool",
      "broadcastTo i32",
      "slice i32",
      "pad i32",
      "concat i32",
      "gather i32",
      "reverse i32",
    ],
  },
  node: {
    hasTransposedProducts: true,
    hasBatchedProducts: true,
    hasExplicitPadding: false,
    propagatesNaN: true,
    reducesAnyAxis: true,
    hasArgMax: true,
    castsInPlace: false,
    cachesRightOperand: false,
    hasStridedSlices: true,
    maxPoolGradTakes: "first",
    // TensorFlow has no RealDiv of integers, and compares the smallest floats as zeros.
    hostOps: ["randomUniform", "matmul i32", "div i32", "cast bool"],
  },
  "node-gpu": {
    hasTransposedProducts: true,
    hasBatchedProducts: true,
    hasExplicitPadding: false,
    propagatesNaN: true,
    reducesAnyAxis: true,
    hasArgMax: true,
    castsInPlace: false,
    cachesRightOperand: false,
    hasStridedSlices: true,
    maxPoolGradTakes: "first",
    hostOps: ["randomUniform", "matmul i32", "div i32", "cast bool"],
  },
};
