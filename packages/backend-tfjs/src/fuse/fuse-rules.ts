// What each engine gains from fused programs. Measured, see docs/measurements/tfjs-engines.md.
import type { EngineName } from "../engines/engine-name.ts";
import type { FuseRules } from "./fuse-calls.ts";
import { ROUND_TO_HALF, type FusedOp } from "./fused-program.ts";

/** Functions that cost more than memory traffic in JavaScript; the wasm kernels for them are faster. */
const functions: readonly FusedOp[] = ["Exp", "Log", "Tanh", "Sigmoid"];

const arithmetic: readonly FusedOp[] = [
  ROUND_TO_HALF,
  "Add",
  "Sub",
  "Multiply",
  "RealDiv",
  "Maximum",
  "Minimum",
  "Neg",
  "Abs",
  "Sqrt",
  "Rsqrt",
  "Reciprocal",
  "Relu",
  "Floor",
  "Ceil",
  "Equal",
  "NotEqual",
  "Less",
  "Greater",
  "LogicalAnd",
  "LogicalOr",
  "LogicalNot",
  "IsNan",
  "IsFinite",
  "Select",
  "Cast",
];

/** Rules by engine; engines without have kernels that need no help. */
export const fuseRules: { readonly [E in EngineName]?: FuseRules } = {
  cpu: {
    ops: [...arithmetic, ...functions],
    slowOps: [...arithmetic, ...functions],
    isForIntegers: true,
    minCalls: 1,
    maxOperands: 12,
    isNested: true,
  },
  wasm: {
    ops: arithmetic,
    // 4 ns per element, where JavaScript takes 1.
    slowOps: ["Equal", "NotEqual", "Less", "Greater", "Select", "RealDiv", ROUND_TO_HALF],
    isForIntegers: true,
    minCalls: 3,
    maxOperands: 12,
    isNested: true,
  },
  webgpu: {
    ops: [...arithmetic, ...functions, "Erf"],
    // Slow or, for Tanh and Erf, without any accuracy near 0.
    slowOps: ["Tanh", "Erf", "Cast", ROUND_TO_HALF],
    isForIntegers: true,
    minCalls: 2,
    // With the result, as many storage buffers as every device has: 8.
    maxOperands: 7,
    isNested: false,
  },
};
