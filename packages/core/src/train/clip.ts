// Gradient clipping, after gradients of all devices are summed and penalties are added.
import { UsageError } from "../errors.ts";
import { add, clip, maximum, mul, div, reduceSum, sqrt } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import type { SlotLayout } from "../model/layout.ts";
import { joinParts, viewPart } from "../model/state-views.ts";

/** One of three rules; the bound is > 0. */
export type Clip =
  | { readonly kind: "value"; readonly bound: number }
  | { readonly kind: "norm"; readonly bound: number }
  | { readonly kind: "globalNorm"; readonly bound: number };

/** The gradient of one slot. */
export interface SlotGradient {
  readonly slot: SlotLayout;
  readonly gradient: Value;
}

/**
 * Clips gradients: `value` bounds each element to [-bound, bound]; `norm` scales the gradient of each parameter, and
 * `globalNorm` all of them together, by min(1, bound / L2 norm) (Pascanu et al. 2013, algorithm 1).
 *
 * @throws {UsageError} if the bound is not positive
 */
export function clipGradients<T extends SlotGradient>(
  gradients: readonly T[],
  rule: Clip | undefined,
): T[] {
  if (rule === undefined) return [...gradients];
  const { kind, bound } = rule;
  if (!(bound > 0)) throw new UsageError(`clip: bound must be > 0, got ${bound}`);
  if (kind === "value") {
    return gradients.map((item) => ({ ...item, gradient: clip(item.gradient, -bound, bound) }));
  }
  if (kind === "norm") {
    return gradients.map((item) => ({ ...item, gradient: clipParts(item, bound) }));
  }
  const [first, ...rest] = gradients.map(({ gradient }) => squaredNorm(gradient));
  if (first === undefined) return [];
  const factor = shrinkFactor(rest.reduce<Value>(add, first), bound);
  return gradients.map((item) => ({ ...item, gradient: mul(item.gradient, factor) }));
}

/** Each parameter of a slot has its own norm. */
function clipParts({ slot, gradient }: SlotGradient, bound: number): Value {
  const parts = slot.parts.map((part) => {
    const view = viewPart(gradient, slot, part);
    return mul(view, shrinkFactor(squaredNorm(view), bound));
  });
  return joinParts(slot, parts);
}

function squaredNorm(x: Value): Value {
  return reduceSum(mul(x, x));
}

/** bound / max(norm, bound): min(1, bound / norm) without a division by 0. */
function shrinkFactor(squared: Value, bound: number): Value {
  return div(bound, maximum(sqrt(squared), bound));
}
