// The contract of an operation: everything FastGPU knows about one op stands in one object in one file.
// Tables over all ops are mapped types over ops/table.ts and composites/table.ts, so a missing rule does not compile.
import type { DType } from "../graph/dtype.ts";
import type { Shape } from "../graph/shape.ts";
import { typeBytes, type TensorType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";

/** Attribute values are plain JSON so that graphs serialise and compare as text. */
export type AttrValue =
  number | string | boolean | readonly number[] | readonly (readonly number[])[];

/** Static parameters of a node. */
export type Attrs = Readonly<Record<string, AttrValue>>;

/** Ops without parameters. */
export type NoAttrs = Readonly<Record<string, never>>;

/** A tensor of the float64 reference interpreter; integers, bools and halves are held as their exact numbers. */
export interface RefTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** What a gradient rule gets: values of one node in the graph under construction. */
export interface VjpContext<A> {
  readonly inputs: readonly Value[];
  readonly output: Value;
  /** Gradient of the loss with respect to `output`, same type as `output`. */
  readonly grad: Value;
  readonly attrs: A;
}

/** Gradient with respect to each input; `undefined` where none flows (integer inputs, comparisons). */
export type VjpRule<A> = (context: VjpContext<A>) => readonly (Value | undefined)[];

/** Says that and why an op has no gradient; reaching it while differentiating throws NotDifferentiableError. */
export interface NotDifferentiable {
  readonly notDifferentiable: string;
}

/** What both kinds of operation state. Called often, must be pure. */
export interface OpContract<A> {
  /** Number of inputs, or the least number when `variadic`. */
  readonly arity: number;
  readonly variadic?: true;
  /**
   * Type rule.
   *
   * @throws {ShapeError} if the inputs or attributes do not fit; the message starts with the op's name
   */
  readonly infer: (inputs: readonly TensorType[], attrs: A) => TensorType;
}

/** An op that every backend must lower. */
export interface Primitive<A = NoAttrs> extends OpContract<A> {
  readonly kind: "primitive";
  readonly vjp: VjpRule<A> | NotDifferentiable;
  /** Reference evaluation in float64, row-major, no rounding to the dtype except that integers wrap. */
  readonly evaluate: (inputs: readonly RefTensor[], attrs: A, output: TensorType) => Float64Array;
  /** Floating-point (or integer) operations by the usual count: multiply-add = 2, one per elementwise function. */
  readonly flops: (inputs: readonly TensorType[], attrs: A, output: TensorType) => number;
  /** Bytes that must move at least once between memory and the device: see `streamedBytes`. */
  readonly bytes: (inputs: readonly TensorType[], attrs: A, output: TensorType) => number;
}

/** An op defined by primitives; a backend may lower it natively, otherwise it is inlined. */
export interface Composite<A = NoAttrs> extends OpContract<A> {
  readonly kind: "composite";
  /** Emits the same function with other ops; its result must have the inferred type. */
  readonly decompose: (inputs: readonly Value[], attrs: A) => Value;
  /**
   * A gradient that is cheaper or more stable than that of the decomposition. Must be the gradient of the same
   * formula; conformance checks it against finite differences. Without it autodiff inlines the op first.
   */
  readonly vjp?: VjpRule<A>;
}

/** Any operation. */
export type OpDefinition<A = NoAttrs> = Primitive<A> | Composite<A>;

/** The `bytes` of an op that reads every input once and writes its output once. */
export function streamedBytes(
  inputs: readonly TensorType[],
  _attrs: unknown,
  output: TensorType,
): number {
  return inputs.reduce((sum, input) => sum + typeBytes(input), typeBytes(output));
}
