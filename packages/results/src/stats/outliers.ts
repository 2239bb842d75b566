// Listings of unusual samples. They are shown, never removed: an outlier is a fact about the machine.

import { medianAbsoluteDeviation } from "./moments.ts";
import { median, quantile } from "./quantile.ts";
import { sortSamples } from "./sorted.ts";

/** A sample outside of a rule's limits. */
export interface ListedSample {
  /** Position in the samples as given. */
  readonly index: number;
  readonly value: number;
}

/** What a rule lists. */
export interface OutlierListing {
  readonly rule: "tukey" | "mad";
  /** Samples within [low, high] are usual. */
  readonly low: number;
  readonly high: number;
  readonly listed: readonly ListedSample[];
}

/**
 * Tukey (1977), Exploratory Data Analysis, section 2C: outside of [Q1 - k IQR, Q3 + k IQR], quartiles of type 7. With
 * equal quartiles every other value is listed.
 *
 * @param samples - any order, at least one, finite
 * @param fences - k: 1.5 for the inner fences, 3 for the outer
 * @throws {@link RecordError} STATISTICS when there is no sample or one is not finite
 */
export function tukeyListing(samples: readonly number[], fences = 1.5): OutlierListing {
  const sorted = sortSamples(samples);
  const [q1, q3] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  const reach = fences * (q3 - q1);
  return list("tukey", samples, q1 - reach, q3 + reach);
}

/**
 * Iglewicz and Hoaglin (1993), How to Detect and Handle Outliers, section 3.1: |0.6745 (x - median) / MAD| > limit.
 * More than half of the samples may be equal; then the scale is not known and nothing is listed.
 *
 * @param limit - the authors recommend 3.5
 * @throws {@link RecordError} STATISTICS when there is no sample or one is not finite
 */
export function madListing(samples: readonly number[], limit = 3.5): OutlierListing {
  const sorted = sortSamples(samples);
  const middle = median(sorted);
  const deviation = medianAbsoluteDeviation(sorted);
  if (deviation === 0) {
    return { rule: "mad", low: sorted[0], high: sorted[sorted.length - 1]!, listed: [] };
  }
  const reach = (limit * deviation) / 0.6745;
  return list("mad", samples, middle - reach, middle + reach);
}

function list(
  rule: OutlierListing["rule"],
  samples: readonly number[],
  low: number,
  high: number,
): OutlierListing {
  const listed = samples
    .map((value, index) => ({ index, value }))
    .filter(({ value }) => value < low || value > high);
  return { rule, low, high, listed };
}
