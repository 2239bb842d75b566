// Shared shape of reductions: axes, kept or dropped, the index walk of the reference, and a factory.
import { ShapeError } from "../errors.ts";
import { isFloat, type DType } from "../graph/dtype.ts";
import { normalizeAxis, sizeOf, stridesOf, type Shape } from "../graph/shape.ts";
import { checkDType, wrap } from "./elementwise.ts";
import { walk } from "./movement.ts";
import { streamedBytes, type Primitive, type RefTensor, type VjpRule } from "./op.ts";

/** Axes to reduce (non-negative or negative, unique; `[]` reduces nothing) and whether they stay with size 1. */
export interface ReduceAttrs {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** What distinguishes one reduction from another. */
export interface ReduceRule {
  readonly name: string;
  /** Result over no elements. */
  readonly initial: (dtype: DType) => number;
  readonly step: (accumulator: number, value: number) => number;
  /** The step for integers if the other leaves the exact range of float64 before it wraps. */
  readonly stepInteger?: (accumulator: number, value: number) => number;
  readonly vjp: VjpRule<ReduceAttrs>;
}

/** An op that folds the elements along some axes into one. */
export function reduction(rule: ReduceRule): Primitive<ReduceAttrs> {
  return {
    kind: "primitive",
    arity: 1,
    infer: ([x], attrs) => {
      const { dtype, shape } = checkDType(rule.name, "number", x!);
      return { dtype, shape: reducedShape(rule.name, shape, attrs) };
    },
    vjp: rule.vjp,
    evaluate: ([x], { axes }) => {
      const { dtype } = x!;
      if (isFloat(dtype)) return fold(x!, axes, rule.initial(dtype), rule.step);
      const step = rule.stepInteger ?? rule.step;
      return fold(x!, axes, rule.initial(dtype), (sum, value) => wrap(dtype, step(sum, value)));
    },
    flops: ([x]) => sizeOf(x!.shape),
    bytes: streamedBytes,
  };
}

/**
 * Axes counted from the front.
 *
 * @throws {ShapeError} for an axis out of range or given twice
 */
export function normalizeAxes(name: string, axes: readonly number[], rank: number): number[] {
  const normalized = axes.map((axis) => normalizeAxis(name, axis, rank));
  if (new Set(normalized).size !== normalized.length) {
    throw new ShapeError(`${name}: axes must be unique, got [${axes.join(",")}]`);
  }
  return normalized;
}

/**
 * Shape after reducing.
 *
 * @throws {ShapeError} for an axis out of range or given twice
 */
export function reducedShape(
  name: string,
  shape: Shape,
  { axes, keepDims }: ReduceAttrs,
): number[] {
  const reduced = normalizeAxes(name, axes, shape.length);
  if (keepDims) return shape.map((size, axis) => (reduced.includes(axis) ? 1 : size));
  return shape.filter((_, axis) => !reduced.includes(axis));
}

/** Shape after reducing with the reduced axes kept at size 1: what broadcasts against the operand. */
export function keptShape(shape: Shape, axes: readonly number[]): number[] {
  return reducedShape("reduce", shape, { axes, keepDims: true });
}

/** Folds every element of x into its output cell, in row-major order of x. */
export function fold(
  x: RefTensor,
  axes: readonly number[],
  initial: number,
  step: (accumulator: number, value: number) => number,
): Float64Array {
  const reduced = new Set(normalizeAxes("fold", axes, x.shape.length));
  const kept = x.shape.map((size, axis) => (reduced.has(axis) ? 1 : size));
  const steps = stridesOf(kept).map((stride, axis) => (reduced.has(axis) ? 0 : stride));
  const result = new Float64Array(sizeOf(kept)).fill(initial);
  walk(x.shape, 0, steps, (flat, cell) => {
    result[cell] = step(result[cell]!, x.data[flat]!);
  });
  return result;
}

/** Smallest (or for sign = -1 largest) value of a dtype: the neutral element of max (or min). */
export function extreme(dtype: DType, sign: 1 | -1): number {
  switch (dtype) {
    case "f32":
    case "f16":
      return -sign * Infinity;
    case "i32":
      return sign === 1 ? -(2 ** 31) : 2 ** 31 - 1;
    case "i8":
      return sign === 1 ? -128 : 127;
    case "u8":
      return sign === 1 ? 0 : 255;
    case "bool":
      return sign === 1 ? 0 : 1;
  }
}
