// Loss scaling: keeps small gradients representable in f16 (Micikevicius et al. 2018, section 3.2).
import {
  add,
  cast,
  div,
  equal,
  greater,
  isFinite,
  minimum,
  mul,
  reduceMin,
  select,
} from "../functional.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/value.ts";

/** A fixed factor, or one that adapts: halved when a gradient overflows, doubled after `growEvery` steps without. */
export interface LossScaling {
  /** The factor at the start, > 0; a power of two loses nothing. */
  readonly scale: number;
  /** Steps without overflow before the factor doubles, >= 1; absent: the factor is fixed and nothing is checked. */
  readonly growEvery?: number;
}

/** Slots of the adapting factor: the factor f32 [] and the steps since it last changed, i32 []. */
export const lossScaleSlots = { scale: "lossScale", age: "lossScale/age" } as const;

/** Largest factor that doubling reaches; beyond it the scaled loss itself would overflow. */
const largestScale = 2 ** 24;

/** The factor in force. */
export function lossScale(builder: GraphBuilder, { scale, growEvery }: LossScaling): Value {
  return growEvery === undefined
    ? builder.scalar(scale, "f32")
    : builder.state(lossScaleSlots.scale, "f32", []);
}

/** True if all elements of all values are finite. */
export function allFinite(builder: GraphBuilder, values: readonly Value[]): Value {
  const flags = values.map((value) => reduceMin(cast(isFinite(value), "f32")));
  return greater(flags.reduce(minimum, builder.scalar(1, "f32")), 0.5);
}

/** Sets the factor for the next step. */
export function updateLossScale(
  builder: GraphBuilder,
  scaling: LossScaling,
  isFiniteStep: Value,
): void {
  if (scaling.growEvery === undefined) return;
  const scale = lossScale(builder, scaling);
  const age = add(builder.state(lossScaleSlots.age, "i32", []), 1);
  const isDue = equal(age, scaling.growEvery);
  const grown = select(isDue, minimum(mul(scale, 2), largestScale), scale);
  builder.setNext(lossScaleSlots.scale, select(isFiniteStep, grown, div(scale, 2)));
  builder.setNext(lossScaleSlots.age, select(isFiniteStep, select(isDue, 0, age), 0));
}
