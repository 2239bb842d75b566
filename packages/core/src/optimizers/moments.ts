// Moments without their factors, which adam, adamw and lamb keep: M = m / (1 - beta1) and V = v / (1 - beta2).
import { add, mul } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import { slotAt, type OptimizerSlot, type Updated } from "./optimizer.ts";

/** The slots of both moments, in the order in which `nextMoments` reads them. */
export const momentSlots: readonly OptimizerSlot[] = [
  { name: "m", initial: 0 },
  { name: "v", initial: 0 },
];

/** Decay rates of the moments, each in (0, 1). */
export interface MomentRates {
  readonly beta1: number;
  readonly beta2: number;
}

/** M = beta1 M + g and V = beta2 V + g^2: Kingma and Ba 2015, algorithm 1, each divided by its (1 - beta). */
export function nextMoments(
  updated: Updated,
  gradient: Value,
  { beta1, beta2 }: MomentRates,
): readonly [m: Value, v: Value] {
  const m = add(mul(slotAt(updated, 0), beta1), gradient);
  const v = add(mul(slotAt(updated, 1), beta2), mul(gradient, gradient));
  return [m, v];
}
