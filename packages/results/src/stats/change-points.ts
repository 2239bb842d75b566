// Change points of a series by its energy distance: E-divisive of Matteson and James (2014), "A nonparametric approach
// for multiple change point analysis of multivariate data", J. Am. Stat. Assoc. 109(505), with alpha = 1, and a
// permutation test for each split. No distribution is assumed. Long series are searched in overlapping windows.

import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { RecordError } from "../errors.ts";
import { EnergySplits, minSegment } from "./energy-splits.ts";
import type { Split } from "./energy-splits.ts";
import { median } from "./quantile.ts";
import { sortSamples } from "./sorted.ts";

/** How change points are looked for. */
export interface ChangePointOptions {
  /** Values that one test looks at, at least 6; older ones have no say in a new change. Default 50. */
  readonly window?: number;
  /** Largest probability that a split of a series without a change is taken for one. Default 0.01. */
  readonly significance?: number;
  /** Permutations of a test; the smallest p-value is 1 / (permutations + 1). Default 199. */
  readonly permutations?: number;
  readonly seed?: number;
}

/** A place where the distribution of a series changed. */
export interface ChangePoint {
  /** Index of the first value after the change. */
  readonly index: number;
  /** Medians of the values between the neighbouring change points, before and after. */
  readonly before: number;
  readonly after: number;
  /** Of the permutation test. */
  readonly pValue: number;
}

/**
 * Change points of a series, in order.
 *
 * @param values - in order of time; fewer than 6 have no change point
 * @throws {@link RecordError} STATISTICS when a value is not finite or an option is out of range
 */
export function changePoints(
  values: readonly number[],
  options: ChangePointOptions = {},
): readonly ChangePoint[] {
  const { window = 50, significance = 0.01, permutations = 199, seed = 1 } = options;
  const bad = values.find((value) => !Number.isFinite(value));
  if (bad !== undefined) {
    throw new RecordError("STATISTICS", `changePoints: every value must be finite, got ${bad}`);
  }
  if (!Number.isInteger(window) || window < 2 * minSegment) {
    throw new RecordError(
      "STATISTICS",
      `changePoints: window must be a whole number of at least ${2 * minSegment}, got ${window}`,
    );
  }
  if (!(significance * (permutations + 1) >= 1 && significance < 1)) {
    throw new RecordError(
      "STATISTICS",
      `changePoints: significance must be from 1 / (permutations + 1) to 1, got ${significance} with ${permutations} permutations`,
    );
  }
  const test = new SplitTest(significance, permutations, seed);
  const found = new Set<number>();
  const step = Math.max(1, Math.floor(window / 2));
  for (let start = 0; ; start += step) {
    const end = Math.min(values.length, start + window);
    for (const index of divide(values.slice(start, end), test)) found.add(start + index);
    if (end === values.length) break;
  }
  return confirm(
    values,
    [...found].sort((a, b) => a - b),
    window,
    test,
  );
}

/** Splits a series at its clearest change, then both parts, as long as the splits are significant. */
function divide(values: readonly number[], test: SplitTest): readonly number[] {
  const split = test.split(values);
  if (split === undefined) return [];
  const { index } = split;
  return [
    ...divide(values.slice(0, index), test),
    index,
    ...divide(values.slice(index), test).map((inner) => index + inner),
  ];
}

/**
 * Tests every candidate anew between its neighbours, and drops the least significant until all are: windows that overlap
 * find one change at neighbouring places.
 */
function confirm(
  values: readonly number[],
  candidates: readonly number[],
  window: number,
  test: SplitTest,
): readonly ChangePoint[] {
  const kept = [...candidates];
  const pValueOf = (i: number): number => {
    const index = kept[i]!;
    const from = Math.max(kept[i - 1] ?? 0, index - window);
    const to = Math.min(kept[i + 1] ?? values.length, index + window);
    return test.pValueAt(values.slice(from, to), index - from);
  };
  const pValues = kept.map((_, i) => pValueOf(i));
  for (;;) {
    const worst = pValues.reduce((at, p, i) => (p > (pValues[at] ?? 0) ? i : at), 0);
    if ((pValues[worst] ?? 0) <= test.significance) break;
    // Neighbouring candidates make each other insignificant, so they are dropped one at a time.
    kept.splice(worst, 1);
    pValues.splice(worst, 1);
    for (const i of [worst - 1, worst]) if (kept[i] !== undefined) pValues[i] = pValueOf(i);
  }
  return kept.map((index, i) => ({
    index,
    before: median(sortSamples(values.slice(kept[i - 1] ?? 0, index))),
    after: median(sortSamples(values.slice(index, kept[i + 1] ?? values.length))),
    pValue: pValues[i]!,
  }));
}

class SplitTest {
  readonly significance: number;
  private readonly permutations: number;
  private readonly seed: number;

  constructor(significance: number, permutations: number, seed: number) {
    this.significance = significance;
    this.permutations = permutations;
    this.seed = seed;
  }

  /** The clearest split if it is significant. */
  split(values: readonly number[]): Split | undefined {
    if (values.length < 2 * minSegment) return undefined;
    const splits = new EnergySplits(values);
    const best = splits.best();
    if (best === undefined || best.statistic <= 0) return undefined;
    const larger = this.countLarger(
      splits,
      best.statistic,
      (shuffled) => splits.best(shuffled)?.statistic ?? 0,
    );
    return (larger + 1) / (this.permutations + 1) <= this.significance ? best : undefined;
  }

  /** Significance of a given split; 1 where a side is too short or nothing differs. */
  pValueAt(values: readonly number[], index: number): number {
    if (index < minSegment || values.length - index < minSegment) return 1;
    const splits = new EnergySplits(values);
    const statistic = splits.at(index);
    if (statistic <= 0) return 1;
    const larger = this.countLarger(splits, statistic, (shuffled) => splits.at(index, shuffled));
    return (larger + 1) / (this.permutations + 1);
  }

  /** Permutations with a statistic at least as large; stops as soon as there are too many for significance. */
  private countLarger(
    { ranks }: EnergySplits,
    statistic: number,
    evaluate: (shuffled: Int32Array) => number,
  ): number {
    const random = xoroshiro128plus(this.seed);
    const shuffled = ranks.slice();
    const enough = this.significance * (this.permutations + 1);
    let larger = 0;
    for (let turn = 0; turn < this.permutations && larger < enough; turn += 1) {
      for (let i = shuffled.length - 1; i > 0; i -= 1) {
        const j = uniformInt(random, 0, i);
        const moved = shuffled[i]!;
        shuffled[i] = shuffled[j]!;
        shuffled[j] = moved;
      }
      // Rounding must not make a permutation of equal values smaller than the series itself.
      if (evaluate(shuffled) >= statistic * (1 - 1e-9)) larger += 1;
    }
    return larger;
  }
}
