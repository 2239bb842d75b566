// Samples whose order is part of their type, so that no quantile is ever taken of unsorted data.

import { RecordError } from "../errors.ts";

declare const sortedBrand: unique symbol;

/** At least one finite number, ascending. Made only by `sortSamples`. */
export type SortedSamples = readonly [number, ...number[]] & { readonly [sortedBrand]: true };

/**
 * Sorted copy of the samples.
 *
 * @param values - any order, at least one, all finite
 * @throws {@link RecordError} STATISTICS when there is no sample or one is NaN or infinite
 */
export function sortSamples(values: ArrayLike<number>): SortedSamples {
  if (values.length === 0) {
    throw new RecordError("STATISTICS", "samples: at least one must be given, got 0");
  }
  const sorted = Float64Array.from(values).sort();
  // NaN sorts last and -Infinity first, so the two ends tell about all.
  const first = sorted[0]!;
  const last = sorted[sorted.length - 1]!;
  if (!Number.isFinite(first) || !Number.isFinite(last)) {
    const bad = Number.isFinite(first) ? last : first;
    throw new RecordError("STATISTICS", `samples: every sample must be finite, got ${bad}`);
  }
  return Array.from(sorted) as unknown as SortedSamples;
}
