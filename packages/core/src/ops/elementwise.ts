// Shared shape of elementwise ops: factories that turn a scalar formula and its gradient into a Primitive.
import { ShapeError } from "../errors.ts";
import { isFloat, type DType } from "../graph/dtype.ts";
import { broadcastShapes, sameShape, sizeOf } from "../graph/shape.ts";
import type { TensorType } from "../graph/tensor.ts";
import {
  streamedBytes,
  type Primitive,
  type RefTensor,
  type VjpRule,
  type NotDifferentiable,
  type NoAttrs,
} from "./op.ts";
import { broadcastIndex } from "./broadcast-index.ts";

/** Which dtypes an op accepts. */
export type DTypeClass = "float" | "number" | "bool" | "any";

/** What distinguishes one unary op from another. */
export interface UnaryRule {
  readonly name: string;
  readonly accepts: DTypeClass;
  readonly apply: (x: number) => number;
  /** Element type of the result if it is not that of the operand. */
  readonly result?: DType;
  readonly vjp: VjpRule<NoAttrs> | NotDifferentiable;
}

/** What distinguishes one binary op from another. */
export interface BinaryRule {
  readonly name: string;
  readonly accepts: DTypeClass;
  readonly apply: (a: number, b: number) => number;
  /** The formula for integers if the other leaves the exact range of float64 before it wraps. */
  readonly applyInteger?: (a: number, b: number) => number;
  /** Element type of the result if it is not that of the operands. */
  readonly result?: DType;
  readonly vjp: VjpRule<NoAttrs> | NotDifferentiable;
}

/** An op x -> f(x) on each element. */
export function unary(rule: UnaryRule): Primitive {
  return {
    kind: "primitive",
    arity: 1,
    infer: ([x]) => {
      const { dtype, shape } = checkDType(rule.name, rule.accepts, x!);
      return { dtype: rule.result ?? dtype, shape };
    },
    vjp: rule.vjp,
    evaluate: ([x], _attrs, output) =>
      isFloat(output.dtype)
        ? x!.data.map(rule.apply)
        : x!.data.map((value) => wrap(output.dtype, rule.apply(value))),
    flops: (_inputs, _attrs, output) => sizeOf(output.shape),
    bytes: streamedBytes,
  };
}

/** An op (a, b) -> f(a, b) on each element, with numpy broadcasting; both operands have the same dtype. */
export function binary(rule: BinaryRule): Primitive {
  return {
    kind: "primitive",
    arity: 2,
    infer: ([a, b]) => {
      checkDType(rule.name, rule.accepts, a!);
      checkSameDType(rule.name, a!, b!);
      return {
        dtype: rule.result ?? a!.dtype,
        shape: broadcastShapes(rule.name, a!.shape, b!.shape),
      };
    },
    vjp: rule.vjp,
    evaluate: ([a, b], _attrs, output) => evaluateBinary(rule, a!, b!, output),
    flops: (_inputs, _attrs, output) => sizeOf(output.shape),
    bytes: streamedBytes,
  };
}

/** Wraps integers to the range of their dtype, as two's complement hardware does; other numbers pass. */
export function wrap(dtype: DType, value: number): number {
  switch (dtype) {
    case "i32":
      return value | 0;
    case "i8":
      return (value << 24) >> 24;
    case "u8":
      return value & 0xff;
    case "bool":
      return value === 0 ? 0 : 1;
    case "f32":
    case "f16":
      return value;
  }
}

/**
 * The operand if its dtype is of the class.
 *
 * @throws {ShapeError} otherwise
 */
export function checkDType(name: string, accepts: DTypeClass, type: TensorType): TensorType {
  const fits = {
    float: isFloat(type.dtype),
    number: type.dtype !== "bool",
    bool: type.dtype === "bool",
    any: true,
  }[accepts];
  if (!fits) throw new ShapeError(`${name}: operand must be ${accepts}, got ${type.dtype}`);
  return type;
}

/**
 * Checks that two operands have one dtype.
 *
 * @throws {ShapeError} otherwise
 */
export function checkSameDType(name: string, a: TensorType, b: TensorType): void {
  if (a.dtype !== b.dtype) {
    throw new ShapeError(`${name}: dtypes must match, got a=${a.dtype}, b=${b.dtype}; cast one`);
  }
}

function evaluateBinary(
  rule: BinaryRule,
  a: RefTensor,
  b: RefTensor,
  output: TensorType,
): Float64Array {
  const result = new Float64Array(sizeOf(output.shape));
  const { length } = result;
  const apply = isFloat(a.dtype) ? rule.apply : (rule.applyInteger ?? rule.apply);
  // Same shape and scalar operands are nearly all of a real graph; they skip the index arithmetic.
  if (sameShape(a.shape, b.shape)) {
    for (let i = 0; i < length; i++) result[i] = apply(a.data[i]!, b.data[i]!);
  } else if (b.data.length === 1 && a.data.length === length) {
    const scalar = b.data[0]!;
    for (let i = 0; i < length; i++) result[i] = apply(a.data[i]!, scalar);
  } else if (a.data.length === 1 && b.data.length === length) {
    const scalar = a.data[0]!;
    for (let i = 0; i < length; i++) result[i] = apply(scalar, b.data[i]!);
  } else {
    const indexA = broadcastIndex(a.shape, output.shape);
    const indexB = broadcastIndex(b.shape, output.shape);
    for (let i = 0; i < length; i++) result[i] = apply(a.data[indexA(i)]!, b.data[indexB(i)]!);
  }
  if (!isFloat(output.dtype)) {
    for (let i = 0; i < length; i++) result[i] = wrap(output.dtype, result[i]!);
  }
  return result;
}
