// Mean and spread of samples.

import { median } from "./quantile.ts";
import { sortSamples } from "./sorted.ts";
import type { SortedSamples } from "./sorted.ts";

/** Mean and standard deviation of at least one sample. */
export interface Moments {
  readonly mean: number;
  /** Square root of sum (x - mean)^2 / (n - 1); 0 for one sample. */
  readonly standardDeviation: number;
}

/**
 * Welford (1962), "Note on a method for calculating corrected sums of squares and products",
 * Technometrics 4(3): d = x - mean; mean += d / n; m2 += d (x - mean).
 */
export function moments(samples: SortedSamples): Moments {
  let count = 0;
  let mean = 0;
  let m2 = 0;
  for (const x of samples) {
    count += 1;
    const d = x - mean;
    mean += d / count;
    m2 += d * (x - mean);
  }
  return { mean, standardDeviation: count === 1 ? 0 : Math.sqrt(m2 / (count - 1)) };
}

/** Median of |x - median|, without the factor 1.4826 that estimates a normal's deviation. */
export function medianAbsoluteDeviation(samples: SortedSamples): number {
  const middle = median(samples);
  return median(sortSamples(samples.map((x) => Math.abs(x - middle))));
}
