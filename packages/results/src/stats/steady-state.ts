// When warm-up is over. Pure: the caller measures windows and asks after each one.

import { median } from "./quantile.ts";
import { sortSamples } from "./sorted.ts";

/** Limits of a warm-up. */
export interface WarmupRule {
  /** The last windows that must agree. */
  readonly windows: number;
  /** Largest allowed max / min of their medians, 1.05 = 5% apart. */
  readonly maxRatio: number;
  readonly maxIterations: number;
  readonly maxElapsedNs: number;
}

/** Default limits: 3 windows within 5%, at most 500 iterations and 60 s. */
export const defaultWarmupRule: WarmupRule = {
  windows: 3,
  maxRatio: 1.05,
  maxIterations: 500,
  maxElapsedNs: 60_000_000_000,
};

/** What a warm-up has done so far. */
export interface WarmupState {
  /** Median latency of each window so far, in order, above 0. */
  readonly windowMediansNs: readonly number[];
  readonly iterations: number;
  readonly elapsedNs: number;
}

/** `continue`: measure another window. The others end the warm-up. */
export type WarmupDecision = "continue" | "steady" | "no-steady-state";

/** Whether the warm-up goes on. Steady wins over the caps when both hold. */
export function decideWarmup(
  state: WarmupState,
  rule: WarmupRule = defaultWarmupRule,
): WarmupDecision {
  if (isSteady(state.windowMediansNs, rule)) return "steady";
  const isSpent = state.iterations >= rule.maxIterations || state.elapsedNs >= rule.maxElapsedNs;
  return isSpent ? "no-steady-state" : "continue";
}

/**
 * Whether the last windows agree and nothing stepped in the last half.
 *
 * @param mediansNs - median latency of each window, in order
 * @returns False with fewer windows than the rule needs, or when a median is not above 0.
 */
export function isSteady(
  mediansNs: readonly number[],
  rule: Pick<WarmupRule, "windows" | "maxRatio"> = defaultWarmupRule,
): boolean {
  if (mediansNs.length < rule.windows) return false;
  const last = mediansNs.slice(-rule.windows);
  const low = Math.min(...last);
  if (!(low > 0) || !(Math.max(...last) / low <= rule.maxRatio)) return false;
  const half = mediansNs.slice(-Math.max(rule.windows, Math.ceil(mediansNs.length / 2)));
  return findStep(half, rule.maxRatio) === undefined;
}

/**
 * The clearest step of a series: a split where all values of one side lie above all of the other and the
 * medians of the sides are more than `maxRatio` apart; of several, the one with the widest gap. Full
 * separation is asked for so that single slow windows, which noise makes, are no step; a steady drift is
 * one. At least one value must lie before the step and two after it.
 *
 * @param values - above 0
 * @returns Index of the first value after the step, or undefined when there is none.
 */
export function findStep(values: readonly number[], maxRatio: number): number | undefined {
  let clearest: { readonly index: number; readonly gap: number } | undefined;
  for (let index = 1; index <= values.length - 2; index += 1) {
    const before = sortSamples(values.slice(0, index));
    const after = sortSamples(values.slice(index));
    const [high, low] = before[0] > after[0] ? [before, after] : [after, before];
    const gap = high[0] / low[low.length - 1]!;
    if (gap <= 1 || median(high) / median(low) <= maxRatio) continue;
    if (gap > (clearest?.gap ?? 0)) clearest = { index, gap };
  }
  return clearest?.index;
}
