// What paired differences say about their centre, whatever their distribution: Hodges-Lehmann estimate, the exact interval
// that inverts Wilcoxon's signed-rank test, and the test itself. All three look only at Walsh averages, so they agree.

import { normalCdf, normalQuantile } from "./normal.ts";
import { selectByCount } from "./select.ts";
import { sortSamples } from "./sorted.ts";
import type { SortedSamples } from "./sorted.ts";

/** A confidence interval of a centre. */
export interface ShiftInterval {
  readonly low: number;
  readonly high: number;
  /** Error actually spent on each side; at most what was asked for. */
  readonly oneSidedError: number;
}

/** Up to this many differences the distribution is counted; beyond it the normal one is within 10^-4 of it. */
const exactLimit = 200;

/**
 * Hodges-Lehmann estimate: the median of the n (n + 1) / 2 Walsh averages (d[i] + d[j]) / 2, i <= j. Hodges and Lehmann
 * (1963), "Estimates of location based on rank tests", Annals of Mathematical Statistics 34(2), equation 6.3.
 *
 * @param differences - at least one, finite; takes O(n log n), so 10^5 are no trouble
 * @throws {@link RecordError} STATISTICS for no difference, NaN or infinity
 */
export function hodgesLehmann(differences: ArrayLike<number>): number {
  const sorted = sortSamples(differences);
  const count = walshCount(sorted.length);
  const low = walshAverage(sorted, Math.ceil(count / 2));
  const high = walshAverage(sorted, Math.floor(count / 2) + 1);
  return mean(low, high);
}

/**
 * Interval of the centre with at most `oneSidedError` on each side: [A(k), A(M + 1 - k)] with the ordered Walsh averages
 * A and the largest k with P(W <= k - 1) <= oneSidedError. Exact for continuous symmetric differences, conservative with
 * ties. Hollander, Wolfe and Chicken (2014), Nonparametric Statistical Methods, 3rd edition, section 3.3.
 *
 * @param differences - at least one, finite
 * @param oneSidedError - above 0 and below 0.5
 * @returns Undefined when so few differences cannot give an error that small (2^-n is the least).
 * @throws {@link RecordError} STATISTICS for no difference, NaN or infinity
 */
export function signedRankInterval(
  differences: ArrayLike<number>,
  oneSidedError: number,
): ShiftInterval | undefined {
  const sorted = sortSamples(differences);
  const { length } = sorted;
  const k = lastRankAtMost(length, oneSidedError) + 1;
  if (k < 1) return undefined;
  return {
    low: walshAverage(sorted, k),
    high: walshAverage(sorted, walshCount(length) + 1 - k),
    oneSidedError: signedRankTail(length, k - 1),
  };
}

/**
 * One-sided test of "centre <= shift" against "centre > shift": P(W <= number of Walsh averages <= shift). It is at most
 * the error of exactly those intervals whose low end is above the shift.
 *
 * @returns 2^-n to 1; small = the centre is above the shift. Averages that equal the shift count against it.
 * @throws {@link RecordError} STATISTICS for no difference, NaN or infinity
 */
export function signedRankPValue(differences: ArrayLike<number>, shift: number): number {
  const sorted = sortSamples(differences);
  return signedRankTail(sorted.length, walshAtMost(sorted, shift));
}

/**
 * P(W <= w) of Wilcoxon's signed-rank statistic for n differences: the share of the 2^n sets of ranks 1..n whose sum is
 * at most w, counted by adding one rank after the other. Beyond 200 differences the normal approximation with continuity
 * correction, mean n (n + 1) / 4 and variance n (n + 1) (2 n + 1) / 24.
 *
 * @param w - whole; negative gives 0
 */
export function signedRankTail(n: number, w: number): number {
  if (w < 0) return 0;
  if (w >= walshCount(n)) return 1;
  if (n > exactLimit) {
    return normalCdf((w + 0.5 - walshCount(n) / 2) / deviation(n));
  }
  const chances = rankSumChances(n);
  let sum = 0;
  for (let value = 0; value <= w; value += 1) sum += chances[value]!;
  return Math.min(1, sum);
}

/** The largest w with P(W <= w) <= error; -1 when there is none. */
function lastRankAtMost(n: number, error: number): number {
  if (n > exactLimit) {
    return Math.floor(walshCount(n) / 2 + normalQuantile(error) * deviation(n) - 0.5);
  }
  const chances = rankSumChances(n);
  let sum = 0;
  for (let w = 0; w < chances.length; w += 1) {
    sum += chances[w]!;
    if (sum > error) return w - 1;
  }
  return chances.length - 1;
}

function rankSumChances(n: number): Float64Array {
  const chances = new Float64Array(walshCount(n) + 1);
  chances[0] = 1;
  let largest = 0;
  for (let rank = 1; rank <= n; rank += 1) {
    largest += rank;
    // From above, so that each rank is used once.
    for (let value = largest; value >= 0; value -= 1) {
      const without = chances[value]!;
      const withIt = value >= rank ? chances[value - rank]! : 0;
      chances[value] = (without + withIt) / 2;
    }
  }
  return chances;
}

function walshAverage(sorted: SortedSamples, k: number): number {
  const last = sorted[sorted.length - 1]!;
  return selectByCount(k, sorted[0], last, (x) => walshAtMost(sorted, x));
}

// As i grows its averages grow, so the last partner that fits only moves down.
function walshAtMost(sorted: SortedSamples, x: number): number {
  let count = 0;
  let j = sorted.length - 1;
  for (let i = 0; i < sorted.length; i += 1) {
    while (j >= i && mean(sorted[i]!, sorted[j]!) > x) j -= 1;
    if (j < i) break;
    count += j - i + 1;
  }
  return count;
}

/** The sum of two huge numbers overflows, and halves of the smallest ones lose their last bit. */
function mean(a: number, b: number): number {
  const sum = a + b;
  return Number.isFinite(sum) ? sum / 2 : a / 2 + b / 2;
}

function walshCount(n: number): number {
  return (n * (n + 1)) / 2;
}

function deviation(n: number): number {
  return Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24);
}
