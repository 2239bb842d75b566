// The result of a comparison as data: what reports show and `comparison.json` holds. Times are ns, changes are ratios of
// head to base minus 1 (0.05 = head is 5% larger), whatever is better.

import type { GateMetricName, GateRole } from "./gate-metric.ts";
import type { CounterComparison } from "./counters.ts";
import type { MetricVerdict } from "./judge.ts";
import type { ProcessEvidence } from "./process-evidence.ts";
import type { MetricUnit } from "../metric-list.ts";
import type { Environment } from "../record.ts";
import type { Look } from "../stats/looks.ts";
import type { TrialConfig } from "../trial.ts";

/** Name and version of this format; the `schema` field of every comparison. */
export const comparisonSchema = "fastgpu.comparison/1" as const;

/** Two states of the same work, compared. */
export interface Comparison extends ComparisonHeader {
  readonly status: "complete" | "partial";
  readonly finishedAt: string;
  readonly benchmarks: readonly BenchmarkComparison[];
  /** The gravest verdict; what the exit code says. */
  readonly verdict: OverallVerdict;
  /** Geometric mean of the latency changes; shown, never gated on. Absent when none was measured. */
  readonly geometricMeanChange?: number;
}

/** What is known before the first round. */
export interface ComparisonHeader {
  readonly schema: typeof comparisonSchema;
  readonly startedAt: string;
  readonly suite: string;
  /** How the sides were measured: in pairs back to back, or each by itself at another time. */
  readonly design: "paired" | "unpaired";
  readonly base: SideIdentity;
  readonly head: SideIdentity;
  readonly environment: Environment;
  readonly settings: ComparisonSettings;
  /** What the reader must know, such as that two stored records were not measured in pairs. */
  readonly notices: readonly string[];
}

/** What was measured on one side. */
export interface SideIdentity {
  /** As the user named it: a git ref or a file. */
  readonly name: string;
  readonly commit?: string;
  /** FastGPU version that measured it. */
  readonly fastgpu: string;
  readonly fingerprint: string;
}

/** How the comparison decides. */
export interface ComparisonSettings {
  readonly looks: readonly Look[];
  readonly familyError: number;
  /** `gate`: a changed counter decides; `report`: counters are shown only; `only`: nothing else is measured. */
  readonly counters: "gate" | "report" | "only";
  /** Quantile of the samples of a process that stands for the cost of a step. */
  readonly costProbability: number;
  /** Where the noise floor comes from: the id of a calibration, or absent. */
  readonly calibration?: string;
}

/** How a benchmark ended. */
export type BenchmarkVerdict =
  | MetricVerdict
  /** Head crashed, hung, ran out of memory, failed or was wrong. */
  | "CRASHED"
  /** In base and not in head. */
  | "MISSING"
  /** In head and not in base: nothing to compare. */
  | "NEW"
  /** No side can run it here. */
  | "UNSUPPORTED"
  /** Other machine, other work, or base has no value. */
  | "NOT_COMPARABLE"
  /** Too many rounds are void. */
  | "INVALID"
  /** Not begun before the comparison was stopped. */
  | "NOT_MEASURED";

/** `NOTHING_MEASURED`: no benchmark has a verdict from measurements. */
export type OverallVerdict = BenchmarkVerdict | "NOTHING_MEASURED";

/** One benchmark: one configuration of one workload. */
export interface BenchmarkComparison {
  /** `configurationKey` of the trials. */
  readonly key: string;
  readonly config: TrialConfig;
  readonly verdict: BenchmarkVerdict;
  /** One line: what decided. */
  readonly reason: string;
  readonly counters: readonly CounterComparison[];
  readonly metrics: readonly MetricComparison[];
  /** In order; void ones included and marked. For unpaired records the i-th processes of both sides. */
  readonly rounds: readonly Round[];
}

/** One round: base and head back to back. */
export interface Round {
  /** 0-based. */
  readonly round: number;
  /** Which side went first. */
  readonly first: "base" | "head";
  readonly base?: ProcessEvidence;
  readonly head?: ProcessEvidence;
  /** Why it does not count; absent when it does. */
  readonly voidReason?: string;
}

/** One metric of a benchmark. */
export interface MetricComparison {
  readonly name: GateMetricName;
  readonly unit: MetricUnit;
  readonly better: "lower" | "higher";
  readonly role: GateRole;
  readonly verdict: MetricVerdict;
  /** Relative change for the worse that is no regression. */
  readonly margin: number;
  readonly marginSource: "default" | "suite" | "noise-floor";
  /** Rounds (paired) or processes of the smaller side (unpaired) that the verdict rests on. */
  readonly rounds: number;
  /** Medians over the processes. */
  readonly base: number;
  readonly head: number;
  /** Hodges-Lehmann estimate of head / base - 1. */
  readonly change: number;
  /** Absent when there were too few rounds for one. */
  readonly interval?: {
    readonly low: number;
    readonly high: number;
    /** 1 - the error of both sides. */
    readonly confidence: number;
  };
  /** Of "not worse than the margin", before and after Holm. */
  readonly pRegressed: number;
  readonly adjustedPRegressed: number;
  /** Relative change for the worse that this many rounds catch with 90% power; absent before the first look. */
  readonly detectableChange?: number;
}
