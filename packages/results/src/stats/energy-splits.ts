// Splits of one series by their energy distance, in any order of its values. All that an order does not change (ranks,
// distances of a value to all others, their sum) is worked out once, so that a permutation costs n log n and a given
// split n operations instead of n squared.

import { median } from "./quantile.ts";
import { sortSamples } from "./sorted.ts";

/** Fewest values on either side of a split: of two, no test could say anything. */
export const minSegment = 3;

/** A split with its statistic. */
export interface Split {
  /** Values before the split. */
  readonly index: number;
  /**
   * Q = m n / (m + n) (2 B - W1 - W2), where B is the mean |x - y| between the parts and W1, W2 are the means within
   * them: equations 3 to 5 of Matteson and James (2014) with alpha = 1.
   */
  readonly statistic: number;
}

/**
 * The energy statistics of a series. An order of its values is given as their ranks, 0-based; `ranks` has the order of the
 * series itself.
 */
export class EnergySplits {
  /** Ranks of the values in their own order; equal values have neighbouring ranks. */
  readonly ranks: Int32Array;
  private readonly sorted: Float64Array;
  /** By rank: the sum of |x - y| over all y. */
  private readonly toAll: Float64Array;
  /** The sum of |x - y| over all pairs. */
  private readonly total: number;
  /** Fenwick trees over the ranks that a scan has passed: their number and their sum. */
  private readonly counts: Int32Array;
  private readonly sums: Float64Array;
  private readonly isFirst: Uint8Array;

  /** @param values - at least one, finite */
  constructor(values: readonly number[]) {
    const n = values.length;
    // Sums of large values would leave no digits for their differences.
    const middle = median(sortSamples(values));
    const byValue = Int32Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
    this.sorted = Float64Array.from(byValue, (i) => values[i]! - middle);
    this.ranks = new Int32Array(n);
    byValue.forEach((i, rank) => (this.ranks[i] = rank));
    this.toAll = new Float64Array(n);
    this.counts = new Int32Array(n + 1);
    this.sums = new Float64Array(n + 1);
    this.isFirst = new Uint8Array(n);
    this.total = this.measureDistances();
  }

  /** The split with the largest statistic; undefined when there are too few values for any. */
  best(ranks: Int32Array = this.ranks): Split | undefined {
    const n = ranks.length;
    if (n < 2 * minSegment) return undefined;
    const { sorted, toAll, counts, sums } = this;
    counts.fill(0);
    sums.fill(0);
    let sum = 0;
    let within1 = 0;
    let within2 = this.total;
    let best: Split | undefined;
    for (let m = 1; m <= n - minSegment; m += 1) {
      const rank = ranks[m - 1]!;
      const x = sorted[rank]!;
      let smaller = 0;
      let smallerSum = 0;
      for (let at = rank; at > 0; at &= at - 1) {
        smaller += counts[at]!;
        smallerSum += sums[at]!;
      }
      // Over the values y passed so far: x - y for the smaller ones, y - x for the others.
      const toFirst = x * (2 * smaller - (m - 1)) + sum - 2 * smallerSum;
      within1 += toFirst;
      within2 -= toAll[rank]! - toFirst;
      sum += x;
      for (let at = rank + 1; at <= n; at += at & -at) {
        counts[at] = counts[at]! + 1;
        sums[at] = sums[at]! + x;
      }
      if (m < minSegment) continue;
      const statistic = this.energy(m, n - m, within1, within2);
      if (best === undefined || statistic > best.statistic) best = { index: m, statistic };
    }
    return best;
  }

  /** The statistic of the split after `index` values, which leaves at least two on either side. */
  at(index: number, ranks: Int32Array = this.ranks): number {
    const { sorted, isFirst } = this;
    const n = ranks.length;
    isFirst.fill(0);
    for (let i = 0; i < index; i += 1) isFirst[ranks[i]!] = 1;
    let [count1, sum1, within1] = [0, 0, 0];
    let [count2, sum2, within2] = [0, 0, 0];
    for (let rank = 0; rank < n; rank += 1) {
      const x = sorted[rank]!;
      if (isFirst[rank] === 1) {
        within1 += x * count1 - sum1;
        count1 += 1;
        sum1 += x;
      } else {
        within2 += x * count2 - sum2;
        count2 += 1;
        sum2 += x;
      }
    }
    return this.energy(index, n - index, within1, within2);
  }

  private energy(m: number, n: number, within1: number, within2: number): number {
    const pairs = (count: number): number => (count * (count - 1)) / 2;
    const between = this.total - within1 - within2;
    const distance = (2 * between) / (m * n) - within1 / pairs(m) - within2 / pairs(n);
    return ((m * n) / (m + n)) * distance;
  }

  /** Fills `toAll`. @returns The sum over all pairs */
  private measureDistances(): number {
    const { sorted, toAll } = this;
    const n = sorted.length;
    const all = sorted.reduce((sum, x) => sum + x, 0);
    let before = 0;
    let twice = 0;
    for (let rank = 0; rank < n; rank += 1) {
      const x = sorted[rank]!;
      toAll[rank] = x * (2 * rank - n) + all - 2 * before;
      before += x;
      twice += toAll[rank]!;
    }
    return twice / 2;
  }
}
