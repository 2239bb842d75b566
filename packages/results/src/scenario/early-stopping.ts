// When a load generator has seen enough queries for a statement about a percentile: the early stopping of MLPerf's
// LoadGen (confidence 99%, tolerance 0), https://github.com/mlcommons/inference_policies (early stopping). A statement
// "at least p of all queries keep the bound" is made with t queries over the bound among n when
// P(B <= t) <= 1 - c for B ~ Binomial(n, 1 - p).

import { RecordError } from "../errors.ts";
import { binomialCdf } from "../stats/binomial.ts";
import type { SortedSamples } from "../stats/sorted.ts";

/** LoadGen's confidence. */
export const scenarioConfidence = 0.99;

/**
 * Most queries that may be over the bound.
 *
 * @param queries - n, at least 1
 * @param percentile - p, above 0 and below 1
 * @returns -1 when even none would not be enough for a statement.
 */
export function allowedOverLatency(
  queries: number,
  percentile: number,
  confidence: number = scenarioConfidence,
): number {
  requireShare("percentile", percentile);
  requireShare("confidence", confidence);
  if (queries < 1) return -1;
  return binomialCdf(queries, 1 - percentile).lastAtMost(1 - confidence);
}

/**
 * Fewest queries with which `overLatency` of them may be over the bound: 64 for one at p = 0.9, 662 at p = 0.99.
 *
 * @param overLatency - t, at least 0
 */
export function requiredQueries(
  overLatency: number,
  percentile: number,
  confidence: number = scenarioConfidence,
): number {
  const passes = (queries: number): boolean =>
    allowedOverLatency(queries, percentile, confidence) >= overLatency;
  let high = Math.max(1, overLatency + 1);
  while (!passes(high)) high *= 2;
  let low = Math.floor(high / 2);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (passes(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

/**
 * The latency that LoadGen states for a stream: with t the most queries that may be over the bound, the t-th largest.
 * It is at least the percentile with the confidence.
 *
 * @returns Undefined when there are too few queries for t = 1.
 */
export function earlyStoppingEstimate(
  latencies: SortedSamples,
  percentile: number,
  confidence: number = scenarioConfidence,
): number | undefined {
  const allowed = allowedOverLatency(latencies.length, percentile, confidence);
  return allowed < 1 ? undefined : latencies.at(-allowed);
}

function requireShare(name: string, value: number): void {
  if (value > 0 && value < 1) return;
  throw new RecordError(
    "STATISTICS",
    `early stopping: ${name} must be between 0 and 1, got ${value}`,
  );
}
