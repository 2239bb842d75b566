// Sample quantiles and their distribution-free confidence intervals.

import { RecordError } from "../errors.ts";
import { binomialCdf } from "./binomial.ts";
import type { SortedSamples } from "./sorted.ts";

/**
 * Sample quantile by linear interpolation of order statistics, type 7 of Hyndman and Fan (1996),
 * "Sample quantiles in statistical packages", The American Statistician 50(4): with
 * h = (n - 1) p, q = x[floor h] + (h - floor h) (x[floor h + 1] - x[floor h]), 0-based.
 * It is the default of R, NumPy and spreadsheet programs.
 *
 * @param probability - 0 (minimum) to 1 (maximum)
 * @throws {@link RecordError} STATISTICS when the probability is outside 0 to 1
 */
export function quantile(sorted: SortedSamples, probability: number): number {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RecordError(
      "STATISTICS",
      `quantile: probability must be from 0 to 1, got ${probability}`,
    );
  }
  const h = (sorted.length - 1) * probability;
  const below = Math.floor(h);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  // Clamped: rounding could otherwise step outside [low, high] when they differ by many magnitudes.
  return Math.min(high, Math.max(low, low + (h - below) * (high - low)));
}

/** Median: the mean of the two middle samples when their number is even. */
export function median(sorted: SortedSamples): number {
  return quantile(sorted, 0.5);
}

/** A confidence interval between two order statistics. */
export interface OrderStatisticInterval {
  readonly low: number;
  readonly high: number;
  /** 1-based ranks of the two samples. */
  readonly lowRank: number;
  readonly highRank: number;
  /** Exact coverage for a continuous distribution; at least the confidence asked for. */
  readonly coverage: number;
}

/**
 * Exact interval for a population quantile, whatever the distribution: with B ~ Binomial(n, p),
 * P(x(l) <= q_p < x(u)) = P(l <= B <= u - 1). Ranks are the tightest with at most
 * (1 - confidence) / 2 in each tail. David and Nagaraja (2003), Order Statistics, section 7.1.
 *
 * @param probability - of the quantile, above 0 and below 1
 * @param confidence - above 0 and below 1, as in 0.95
 * @returns Undefined when even the smallest and largest sample do not reach the confidence
 *   (for the median at 95%: fewer than 6 samples).
 * @throws {@link RecordError} STATISTICS when an argument is out of range
 */
export function quantileInterval(
  sorted: SortedSamples,
  probability: number,
  confidence: number,
): OrderStatisticInterval | undefined {
  requireOpenShare("probability", probability);
  requireOpenShare("confidence", confidence);
  const n = sorted.length;
  const tail = (1 - confidence) / 2;
  const cdf = binomialCdf(n, probability);
  // l is the largest rank with P(B <= l - 1) <= tail, u the smallest with P(B >= u) <= tail.
  const lowRank = cdf.lastAtMost(tail) + 1;
  const highRank = cdf.firstUpperTailAtMost(tail);
  if (lowRank < 1 || highRank > n) return undefined;
  return {
    low: sorted[lowRank - 1]!,
    high: sorted[highRank - 1]!,
    lowRank,
    highRank,
    coverage: cdf.between(lowRank, highRank - 1),
  };
}

function requireOpenShare(name: string, value: number): void {
  if (value > 0 && value < 1) return;
  throw new RecordError(
    "STATISTICS",
    `quantileInterval: ${name} must be between 0 and 1, got ${value}`,
  );
}
