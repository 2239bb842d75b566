// Bins for drawing a distribution. Every sample is in exactly one bin; none is cut off.

import { quantile } from "./quantile.ts";
import type { SortedSamples } from "./sorted.ts";

/** Samples with low <= x < high; the last bin includes its high end. */
export interface HistogramBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * Equal bins of the width 2 IQR n^(-1/3): Freedman and Diaconis (1981), "On the histogram as a density
 * estimator", Z. Wahrscheinlichkeitstheorie 57, limited to `maxBins` so that one late outlier does not
 * make thousands of empty bins.
 *
 * @param maxBins - at least 1
 * @returns From minimum to maximum; one bin when all samples are equal.
 */
export function histogram(sorted: SortedSamples, maxBins = 60): readonly HistogramBin[] {
  const low = sorted[0];
  const high = sorted[sorted.length - 1]!;
  const range = high - low;
  if (range === 0) return [{ low, high, count: sorted.length }];
  const spread = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const width = 2 * spread * sorted.length ** (-1 / 3);
  const wanted = width > 0 ? Math.ceil(range / width) : Math.ceil(Math.sqrt(sorted.length));
  const bins = Math.max(1, Math.min(maxBins, wanted));
  const counts = new Array<number>(bins).fill(0);
  for (const x of sorted) {
    // The maximum would open a bin of its own.
    const index = Math.min(bins - 1, Math.floor(((x - low) / range) * bins));
    counts[index]! += 1;
  }
  return counts.map((count, index) => ({
    low: low + (range * index) / bins,
    high: index === bins - 1 ? high : low + (range * (index + 1)) / bins,
    count,
  }));
}
