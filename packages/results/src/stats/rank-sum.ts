// What two unpaired samples say about the shift between them: Hodges-Lehmann estimate, interval and test of
// Wilcoxon-Mann-Whitney. For stored baselines; rounds of pairs tell more from as many processes.

import { normalCdf, normalQuantile } from "./normal.ts";
import { selectByCount } from "./select.ts";
import type { ShiftInterval } from "./signed-rank.ts";
import { sortSamples } from "./sorted.ts";
import type { SortedSamples } from "./sorted.ts";

/** Up to this many pairs m n the distribution is counted. */
const exactLimit = 2500;

/**
 * Hodges-Lehmann estimate of the shift: the median of the differences y[j] - x[i]. Hollander, Wolfe and Chicken (2014),
 * section 4.2.
 *
 * @throws {@link RecordError} STATISTICS for an empty sample, NaN or infinity
 */
export function hodgesLehmannShift(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const [a, b] = [sortSamples(x), sortSamples(y)];
  const count = a.length * b.length;
  const low = difference(a, b, Math.ceil(count / 2));
  return low + (difference(a, b, Math.floor(count / 2) + 1) - low) / 2;
}

/**
 * Interval of the shift of y against x with at most `oneSidedError` on each side, from the ordered differences.
 * Hollander, Wolfe and Chicken (2014), section 4.3.
 *
 * @returns Undefined when samples so small cannot give an error that small (1 / C(m + n, m) is the least).
 * @throws {@link RecordError} STATISTICS for an empty sample, NaN or infinity
 */
export function rankSumInterval(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  oneSidedError: number,
): ShiftInterval | undefined {
  const [a, b] = [sortSamples(x), sortSamples(y)];
  const [m, n] = [a.length, b.length];
  const k = lastAtMost(m, n, oneSidedError) + 1;
  if (k < 1) return undefined;
  return {
    low: difference(a, b, k),
    high: difference(a, b, m * n + 1 - k),
    oneSidedError: rankSumTail(m, n, k - 1),
  };
}

/**
 * One-sided test of "y is shifted by at most `shift`": P(U <= number of differences <= shift). Differences that equal
 * the shift count against it.
 *
 * @throws {@link RecordError} STATISTICS for an empty sample, NaN or infinity
 */
export function rankSumPValue(x: ArrayLike<number>, y: ArrayLike<number>, shift: number): number {
  const [a, b] = [sortSamples(x), sortSamples(y)];
  return rankSumTail(a.length, b.length, differencesAtMost(a, b, shift));
}

/**
 * P(U <= u) of the Mann-Whitney statistic for samples of m and n: counted, by the recurrence of Mann and Whitney (1947),
 * "On a test of whether one of two random variables is stochastically larger than the other", Annals of Mathematical
 * Statistics 18(1), equation 1; beyond m n = 2500 normal with continuity correction, variance m n (m + n + 1) / 12.
 *
 * @param u - whole; negative gives 0
 */
export function rankSumTail(m: number, n: number, u: number): number {
  if (u < 0) return 0;
  if (u >= m * n) return 1;
  if (m * n > exactLimit) return normalCdf((u + 0.5 - (m * n) / 2) / deviation(m, n));
  const chances = mannWhitneyChances(m, n);
  let sum = 0;
  for (let value = 0; value <= u; value += 1) sum += chances[value]!;
  return Math.min(1, sum);
}

function lastAtMost(m: number, n: number, error: number): number {
  if (m * n > exactLimit) {
    return Math.floor((m * n) / 2 + normalQuantile(error) * deviation(m, n) - 0.5);
  }
  const chances = mannWhitneyChances(m, n);
  let sum = 0;
  for (let u = 0; u < chances.length; u += 1) {
    sum += chances[u]!;
    if (sum > error) return u - 1;
  }
  return chances.length - 1;
}

// p(u | m, n) = m / (m + n) p(u - n | m - 1, n) + n / (m + n) p(u | m, n - 1): the largest value is an x or a y.
function mannWhitneyChances(m: number, n: number): Float64Array {
  let row: Float64Array[] = Array.from({ length: n + 1 }, () => Float64Array.of(1));
  for (let i = 1; i <= m; i += 1) {
    const next: Float64Array[] = [Float64Array.of(1)];
    for (let j = 1; j <= n; j += 1) {
      const chances = new Float64Array(i * j + 1);
      const [fewerX, fewerY] = [row[j]!, next[j - 1]!];
      for (let u = 0; u <= i * j; u += 1) {
        const first = u >= j ? (fewerX[u - j] ?? 0) : 0;
        chances[u] = (i * first + j * (fewerY[u] ?? 0)) / (i + j);
      }
      next.push(chances);
    }
    row = next;
  }
  return row[n]!;
}

function difference(a: SortedSamples, b: SortedSamples, k: number): number {
  const lowest = b[0] - a[a.length - 1]!;
  const highest = b[b.length - 1]! - a[0];
  return selectByCount(k, lowest, highest, (shift) => differencesAtMost(a, b, shift));
}

// As x grows the differences shrink, so the number of partners that fit only grows.
function differencesAtMost(a: SortedSamples, b: SortedSamples, shift: number): number {
  let count = 0;
  let fitting = 0;
  for (const x of a) {
    while (fitting < b.length && b[fitting]! - x <= shift) fitting += 1;
    count += fitting;
  }
  return count;
}

function deviation(m: number, n: number): number {
  return Math.sqrt((m * n * (m + n + 1)) / 12);
}
