// The tool's own error: verdicts on identical code, and how sure the rate of false alarms is.

import { clopperPearson } from "../stats/clopper-pearson.ts";
import type { RateInterval } from "../stats/clopper-pearson.ts";
import { median } from "../stats/quantile.ts";
import { sortSamples } from "../stats/sorted.ts";
import type { BenchmarkVerdict, Comparison } from "./comparison.ts";

/** Name and version of this format. */
export const falseAlarmSchema = "fastgpu.same-code/1" as const;

/** One verdict on identical code. */
export interface SameCodeVerdict {
  readonly key: string;
  readonly verdict: BenchmarkVerdict;
  readonly reason: string;
  readonly rounds: number;
  /** Sum of the processes of both sides, ns. */
  readonly durationNs: number;
}

/** Many verdicts on identical code. */
export interface FalseAlarmReport {
  readonly schema: typeof falseAlarmSchema;
  readonly suite: string;
  readonly verdicts: readonly SameCodeVerdict[];
  /** Verdicts that call identical code slower. */
  readonly falseAlarms: number;
  /** Verdicts that call it faster. */
  readonly falseImprovements: number;
  readonly undecided: number;
  /** Verdicts that were decided or undecided: everything but crashes and voids. */
  readonly trials: number;
  /** Of the rate of false alarms, Clopper-Pearson; absent without trials. */
  readonly rate95?: RateInterval;
  /** Upper bound of the rate with 95% confidence on that side alone. */
  readonly upperBound95?: number;
  readonly medianRounds?: number;
  readonly medianDurationNs?: number;
}

/** Sums up comparisons of identical code. */
export function reportFalseAlarms(comparisons: readonly Comparison[]): FalseAlarmReport {
  const verdicts = comparisons.flatMap(({ benchmarks }) =>
    benchmarks.map(({ key, verdict, reason, rounds }): SameCodeVerdict => {
      const durationNs = rounds.reduce(
        (sum, { base, head }) => sum + (base?.durationNs ?? 0) + (head?.durationNs ?? 0),
        0,
      );
      return { key, verdict, reason, rounds: rounds.length, durationNs };
    }),
  );
  const valid = verdicts.filter(({ verdict }) =>
    ["REGRESSED", "IMPROVED", "PASS", "UNDECIDED"].includes(verdict),
  );
  const count = (wanted: BenchmarkVerdict): number =>
    verdicts.filter(({ verdict }) => verdict === wanted).length;
  const falseAlarms = count("REGRESSED");
  return {
    schema: falseAlarmSchema,
    suite: comparisons[0]?.suite ?? "",
    verdicts,
    falseAlarms,
    falseImprovements: count("IMPROVED"),
    undecided: count("UNDECIDED"),
    trials: valid.length,
    ...(valid.length === 0
      ? {}
      : {
          rate95: clopperPearson(falseAlarms, valid.length, 0.95),
          upperBound95: clopperPearson(falseAlarms, valid.length, 0.9).high,
          medianRounds: median(sortSamples(valid.map(({ rounds }) => rounds))),
          medianDurationNs: median(sortSamples(valid.map(({ durationNs }) => durationNs))),
        }),
  };
}
