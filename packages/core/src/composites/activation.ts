// Shared shape of activation functions: a formula over one float operand, its gradient beside it.
import { ShapeError } from "../errors.ts";
import { isFloat } from "../graph/dtype.ts";
import type { TensorType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import type { Composite, NoAttrs, VjpContext } from "../ops/op.ts";

/** What distinguishes one activation from another. */
export interface ActivationRule<A> {
  readonly name: string;
  readonly decompose: (x: Value, attrs: A) => Value;
  /** Gradient with respect to x, given x, the output and its gradient. */
  readonly vjp?: (context: ActivationVjp<A>) => Value;
}

/** A VjpContext with its one input by name. */
export interface ActivationVjp<A> extends VjpContext<A> {
  readonly x: Value;
}

/** An op x -> f(x) on each element of a float tensor of any shape. */
export function activation<A = NoAttrs>(rule: ActivationRule<A>): Composite<A> {
  const { vjp } = rule;
  return {
    kind: "composite",
    arity: 1,
    infer: ([x]) => requireFloat(rule.name, x!),
    decompose: ([x], attrs) => rule.decompose(x!, attrs),
    ...(vjp === undefined
      ? {}
      : { vjp: (context) => [vjp({ ...context, x: context.inputs[0]! })] }),
  };
}

/**
 * The type itself if it is a float type.
 *
 * @throws {ShapeError} if it is not
 */
export function requireFloat(name: string, type: TensorType): TensorType {
  if (!isFloat(type.dtype)) {
    throw new ShapeError(`${name}: operand must be float, got ${type.dtype}; cast it`);
  }
  return type;
}
