// Several elementwise kernels as one program: what it reads, what it computes for one element, what it writes. Engines
// that FastGPU gives a kernel for it turn it into code of theirs.
import type { KernelDType, KernelType } from "../tape/kernel-type.ts";

/** Name of the kernel that runs a program. */
export const FUSED_KERNEL = "FastGpuFused";

/** Name of the step that rounds to f16; no engine has a kernel of that name. */
export const ROUND_TO_HALF = "FastGpuRoundToHalf";

/** One operation of a program. */
export interface FusedStep {
  /** Name of the kernel it stands for. */
  readonly op: FusedOp;
  /** Element type of the result. */
  readonly dtype: KernelDType;
  /** Element type of the operands; of the branches for Select. */
  readonly operandDType: KernelDType;
  /** Places of operands: those of the program first, then results of steps. */
  readonly args: readonly number[];
}

/** An operand of a program. */
export interface FusedOperand {
  readonly type: KernelType;
  /** Its only element, where that is known. */
  readonly value?: number;
}

/** A program over all elements of a shape. */
export interface FusedProgram {
  readonly shape: readonly number[];
  readonly operands: readonly FusedOperand[];
  readonly steps: readonly FusedStep[];
  /** Steps whose results are written. */
  readonly outputs: readonly number[];
}

/** Kernels that can be a step, by name; the operands' names in the order of the step's arguments. */
export const fusedOps = {
  Add: ["a", "b"],
  Sub: ["a", "b"],
  Multiply: ["a", "b"],
  RealDiv: ["a", "b"],
  Maximum: ["a", "b"],
  Minimum: ["a", "b"],
  Neg: ["x"],
  Abs: ["x"],
  Sqrt: ["x"],
  Rsqrt: ["x"],
  Reciprocal: ["x"],
  Relu: ["x"],
  Floor: ["x"],
  Ceil: ["x"],
  Exp: ["x"],
  Log: ["x"],
  Tanh: ["x"],
  Erf: ["x"],
  FastGpuRoundToHalf: ["x"],
  Sigmoid: ["x"],
  Equal: ["a", "b"],
  NotEqual: ["a", "b"],
  Less: ["a", "b"],
  Greater: ["a", "b"],
  LogicalAnd: ["a", "b"],
  LogicalOr: ["a", "b"],
  LogicalNot: ["x"],
  IsNan: ["x"],
  IsFinite: ["x"],
  Select: ["condition", "t", "e"],
  Cast: ["x"],
} as const;

/** See {@link fusedOps}. */
export type FusedOp = keyof typeof fusedOps;

/** Whether a kernel can be a step. */
export function isFusedOp(kernel: string): kernel is FusedOp {
  return Object.hasOwn(fusedOps, kernel);
}
