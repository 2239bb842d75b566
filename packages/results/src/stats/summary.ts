// Summary of the latencies of one trial. A tail quantile is stated only when there are enough samples
// for it to mean something; otherwise the summary says why it is not there.

import { medianAbsoluteDeviation, moments } from "./moments.ts";
import { quantile, quantileInterval } from "./quantile.ts";
import { sortSamples } from "./sorted.ts";
import type { SortedSamples } from "./sorted.ts";

/** Order statistics and moments of latencies, rounded to whole ns. Quantiles are type 7. */
export interface LatencySummary {
  /** Samples the summary was made from. */
  readonly count: number;
  readonly minNs: number;
  readonly p05Ns: number;
  readonly p50Ns: number;
  readonly p90Ns: number;
  readonly p95Ns: number;
  readonly maxNs: number;
  readonly meanNs: number;
  /** With n - 1 in the denominator; 0 for one sample. */
  readonly standardDeviationNs: number;
  /** Median absolute deviation from the median, not scaled. */
  readonly medianAbsoluteDeviationNs: number;
  /** Distribution-free interval of the median at >= 95% confidence; absent under 6 samples. */
  readonly medianInterval95?: { readonly lowNs: number; readonly highNs: number };
  /** Only with >= 459 samples. */
  readonly p99Ns?: number;
  /** Only with >= 4603 samples. */
  readonly p999Ns?: number;
  /** Tail quantiles that are withheld, and why. Empty when none is. */
  readonly withheld: readonly WithheldQuantile[];
}

/** A quantile that is not stated. */
export interface WithheldQuantile {
  readonly quantile: "p99" | "p99.9";
  readonly reason: string;
}

/**
 * Fewest samples whose maximum is above the p-quantile with 99% confidence: the smallest n with
 * 1 - p^n >= 0.99. p = 0.99 gives 459, p = 0.999 gives 4603.
 */
export const minimumSamples = { p99: 459, p999: 4603 } as const;

/**
 * Summary of latencies.
 *
 * @param latencyNs - in any order, at least one, finite
 * @param voidIndices - positions in `latencyNs` to leave out; at least one sample must remain
 * @param iterationsPerSample - iterations that each sample is the mean of; tails of means are not tails of iterations
 * @throws {@link RecordError} STATISTICS when no sample remains or one is not finite
 */
export function summarize(
  latencyNs: readonly number[],
  voidIndices: readonly number[] = [],
  iterationsPerSample = 1,
): LatencySummary {
  const left = new Set(voidIndices);
  const sorted = sortSamples(
    left.size === 0 ? latencyNs : latencyNs.filter((_, index) => !left.has(index)),
  );
  const { mean, standardDeviation } = moments(sorted);
  const interval = quantileInterval(sorted, 0.5, 0.95);
  return {
    count: sorted.length,
    minNs: Math.round(sorted[0]),
    p05Ns: wholeQuantile(sorted, 0.05),
    p50Ns: wholeQuantile(sorted, 0.5),
    p90Ns: wholeQuantile(sorted, 0.9),
    p95Ns: wholeQuantile(sorted, 0.95),
    maxNs: wholeQuantile(sorted, 1),
    meanNs: Math.round(mean),
    standardDeviationNs: Math.round(standardDeviation),
    medianAbsoluteDeviationNs: Math.round(medianAbsoluteDeviation(sorted)),
    ...(interval !== undefined && {
      medianInterval95: { lowNs: Math.round(interval.low), highNs: Math.round(interval.high) },
    }),
    ...tail(sorted, iterationsPerSample),
  };
}

/**
 * Throughput of timed iterations.
 *
 * @param samplesPerIteration - batch items that one iteration processes
 * @param latencyNs - durations of the iterations that count; an empty or all-zero list gives 0
 * @returns Batch items per second
 */
export function throughput(samplesPerIteration: number, latencyNs: readonly number[]): number {
  const totalNs = latencyNs.reduce((sum, ns) => sum + ns, 0);
  return totalNs === 0 ? 0 : (samplesPerIteration * latencyNs.length * 1e9) / totalNs;
}

function tail(
  sorted: SortedSamples,
  iterationsPerSample: number,
): Pick<LatencySummary, "p99Ns" | "p999Ns" | "withheld"> {
  const withheld: WithheldQuantile[] = [];
  if (iterationsPerSample > 1) {
    const means = `single iterations, got means of ${iterationsPerSample} because one is too short for the clock`;
    return {
      withheld: (["p99", "p99.9"] as const).map((name) => ({
        quantile: name,
        reason: `${name} needs samples of ${means}; the maximum of the means is stated instead`,
      })),
    };
  }
  const hasP99 = sorted.length >= minimumSamples.p99;
  const hasP999 = sorted.length >= minimumSamples.p999;
  if (!hasP99) withheld.push(withhold("p99", minimumSamples.p99, sorted.length));
  if (!hasP999) withheld.push(withhold("p99.9", minimumSamples.p999, sorted.length));
  return {
    ...(hasP99 && { p99Ns: wholeQuantile(sorted, 0.99) }),
    ...(hasP999 && { p999Ns: wholeQuantile(sorted, 0.999) }),
    withheld,
  };
}

function withhold(
  name: WithheldQuantile["quantile"],
  needed: number,
  count: number,
): WithheldQuantile {
  const reason = `${name} needs at least ${needed} samples, got ${count}; the maximum is stated instead`;
  return { quantile: name, reason };
}

function wholeQuantile(sorted: SortedSamples, probability: number): number {
  return Math.round(quantile(sorted, probability));
}
