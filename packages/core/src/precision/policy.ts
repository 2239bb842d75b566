// What a precision is: the dtype of computation, of storage and of results, and how gradients are kept in range.
import type { DType } from "../graph/dtype.ts";
import type { LossScaling } from "../train/loss-scale.ts";

/** Names of the shipped policies, as given to `--precision`. */
export type Precision = "f32" | "f16" | "mixed" | "int8" | "f16-storage-emulated";

/** How a loss is scaled so that small f16 gradients do not become 0. Micikevicius et al. 2018, section 3.2. */
export type LossScale =
  | { readonly kind: "none" }
  | { readonly kind: "static"; readonly scale: number }
  | {
      readonly kind: "dynamic";
      /** Scale of the first step, a power of two. */
      readonly initial: number;
      /** Steps without an infinite or NaN gradient after which the scale doubles; each one with halves it. */
      readonly growthInterval: number;
    };

/** A choice of dtypes for a program. */
export interface PrecisionPolicy {
  readonly name: Precision;
  /** Dtype of products (matmul, dense, conv, attention) and, with `f16`, of all float ops. */
  readonly compute: Extract<DType, "f32" | "f16" | "i8">;
  /** Dtype that float state of inference programs is kept in on the device; programs that train keep it in f32. */
  readonly storage: Extract<DType, "f32" | "f16" | "i8">;
  /** Dtype of sums, normalisation and losses: what the result of a product is converted to. */
  readonly accumulate: Extract<DType, "f32" | "f16">;
  /** True if programs with gradients may run under it. */
  readonly canTrain: boolean;
  readonly lossScale: LossScale;
}

// 2^15 and 2000 steps: the values that most frameworks settled on; the scale finds its own level from there.
const dynamicScale: LossScale = { kind: "dynamic", initial: 2 ** 15, growthInterval: 2000 };

/** The shipped policies. */
export const precisionPolicies: { readonly [P in Precision]: PrecisionPolicy } = {
  f32: {
    name: "f32",
    compute: "f32",
    storage: "f32",
    accumulate: "f32",
    canTrain: true,
    lossScale: { kind: "none" },
  },
  f16: {
    name: "f16",
    compute: "f16",
    storage: "f16",
    accumulate: "f16",
    canTrain: true,
    lossScale: dynamicScale,
  },
  mixed: {
    name: "mixed",
    compute: "f16",
    storage: "f32",
    accumulate: "f32",
    canTrain: true,
    lossScale: dynamicScale,
  },
  // For engines that compute in f32 only: what f16 does to the values, and nothing of its speed or memory.
  "f16-storage-emulated": {
    name: "f16-storage-emulated",
    compute: "f32",
    storage: "f32",
    accumulate: "f32",
    canTrain: true,
    lossScale: dynamicScale,
  },
  int8: {
    name: "int8",
    compute: "i8",
    storage: "i8",
    accumulate: "f32",
    canTrain: false,
    lossScale: { kind: "none" },
  },
};

/** The loss scale in the form that `trainStep` takes; `undefined` for none. */
export function lossScalingOf({ lossScale }: PrecisionPolicy): LossScaling | undefined {
  switch (lossScale.kind) {
    case "none":
      return undefined;
    case "static":
      return { scale: lossScale.scale };
    case "dynamic":
      return { scale: lossScale.initial, growEvery: lossScale.growthInterval };
  }
}
