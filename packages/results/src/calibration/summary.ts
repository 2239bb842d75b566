// The number that stands for a process, and which choice of it differs least between identical processes.

import { moments } from "../stats/moments.ts";
import { quantile } from "../stats/quantile.ts";
import { sortSamples } from "../stats/sorted.ts";
import { RecordError } from "../errors.ts";
import type { ProcessSummary, SummaryNoise } from "./calibration.ts";

/**
 * Summaries to choose from for a cost. Noise is one-sided (others only ever slow a process down), so low quantiles
 * differ less; below 1% a summary would rest on a handful of samples.
 */
export const costSummaries: readonly ProcessSummary[] = [
  { kind: "quantile", probability: 0.01 },
  { kind: "quantile", probability: 0.05 },
  { kind: "quantile", probability: 0.1 },
  { kind: "quantile", probability: 0.25 },
  { kind: "quantile", probability: 0.5 },
  { kind: "mean" },
];

/**
 * The number of a process.
 *
 * @param samples - at least one, finite; for `value` exactly one
 * @throws {@link RecordError} STATISTICS when there is no sample, one is not finite, or `value` has several
 */
export function summarizeProcess(samples: readonly number[], summary: ProcessSummary): number {
  const sorted = sortSamples(samples);
  switch (summary.kind) {
    case "quantile":
      return quantile(sorted, summary.probability);
    case "mean":
      return moments(sorted).mean;
    case "value":
      if (sorted.length === 1) return sorted[0];
      throw new RecordError(
        "STATISTICS",
        `summarizeProcess: value must have one sample, got ${sorted.length}`,
      );
  }
}

/** Noise over pairs of identical processes. */
export interface PairNoise {
  readonly summary: ProcessSummary;
  readonly pairDeviation: number;
  readonly floorRatio: number;
  readonly candidates: readonly SummaryNoise[];
}

/** Rounds of a comparison at its first look; the noise floor is stated for that many. */
const firstLookRounds = 10;

/**
 * The summary with the smallest standard deviation of d = ln(summary of second / summary of first) over the pairs.
 * Ties go to the one named first.
 *
 * @param pairs - samples of both processes of each pair, above 0; at least 2 pairs
 * @throws {@link RecordError} STATISTICS when there are fewer pairs or a summary is not above 0
 */
export function chooseSummary(
  pairs: readonly (readonly [first: readonly number[], second: readonly number[]])[],
  summaries: readonly ProcessSummary[] = costSummaries,
): PairNoise {
  if (pairs.length < 2) {
    throw new RecordError(
      "STATISTICS",
      `chooseSummary: there must be at least 2 pairs, got ${pairs.length}`,
    );
  }
  const noises = summaries.map((summary) => {
    const ratios = pairs.map(([first, second]) => logRatio(first, second, summary));
    const { mean, standardDeviation } = moments(sortSamples(ratios));
    return { summary, pairDeviation: standardDeviation, bias: Math.abs(mean) };
  });
  const ranked = noises.toSorted((a, b) => a.pairDeviation - b.pairDeviation);
  const [best] = ranked;
  if (best === undefined) {
    throw new RecordError("STATISTICS", "chooseSummary: there must be a summary, got none");
  }
  return {
    summary: best.summary,
    pairDeviation: best.pairDeviation,
    floorRatio: Math.max(best.pairDeviation / Math.sqrt(firstLookRounds), best.bias),
    candidates: ranked.map(({ summary, pairDeviation }) => ({ summary, pairDeviation })),
  };
}

function logRatio(
  first: readonly number[],
  second: readonly number[],
  summary: ProcessSummary,
): number {
  const [a, b] = [summarizeProcess(first, summary), summarizeProcess(second, summary)];
  if (a > 0 && b > 0) return Math.log(b / a);
  throw new RecordError("STATISTICS", `chooseSummary: values must be above 0, got ${a} and ${b}`);
}
