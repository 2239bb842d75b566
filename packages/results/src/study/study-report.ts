// What a tuning study found, as plain data: written as JSON, shown by the reporter. Values are in the unit that their
// metric names.
import type { Environment, SuiteIdentity } from "../record.ts";
import type { WorkloadIdentity } from "../trial.ts";

/** Name and version of this format; the `schema` field of every report. */
export const studyReportSchema = "fastgpu.study-report/1" as const;

/** A value of a parameter. */
export type StudyValue = string | number | boolean | readonly number[];

/** One configuration: parameters by name, those that do not apply left out. */
export type StudyConfiguration = Readonly<Record<string, StudyValue>>;

/** A study. */
export interface StudyReport {
  readonly schema: typeof studyReportSchema;
  readonly studyId: string;
  /** ISO 8601 instants in UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** `interrupted`: the user stopped it; the best so far stands, unproven. */
  readonly end: "trials" | "budget" | "exhausted" | "interrupted";
  readonly suite: SuiteIdentity;
  readonly workload: WorkloadIdentity;
  readonly environment: Environment;
  readonly strategy: string;
  readonly seed: number;
  /** What the search knew before its first trial; absent = nothing. */
  readonly prior?: StudyPriorReport;
  readonly objectives: readonly StudyObjectiveReport[];
  readonly bounds: readonly StudyBoundReport[];
  readonly parameters: readonly StudyParameter[];
  /** Valid configurations; absent where they are too many to count. */
  readonly configurations?: number;
  readonly baseline: StudyConfiguration;
  /** In the order in which they were asked. */
  readonly trials: readonly StudyTrialReport[];
  /** Number of the best trial by the first objective that keeps the bounds; absent if there is none. */
  readonly best?: number;
  /** Numbers of the trials that no other beats in every objective. */
  readonly front: readonly number[];
  /** Why trials are no answer, the commonest first. */
  readonly reasons: readonly { readonly reason: string; readonly trials: number }[];
  /** Part of the objective's variation that each parameter explains; empty if there are too few trials to tell. */
  readonly importance: readonly { readonly parameter: string; readonly share: number }[];
  /** What a model fitted to the other trials says of each; empty if there are too few. */
  readonly predictions: readonly StudyPrediction[];
  readonly proof?: StudyProofReport;
  readonly cost: StudyCost;
}

/** What a search knew beforehand. */
export interface StudyPriorReport {
  /** A formula of the parameters whose shape the first objective was expected to have, as a cost. */
  readonly guess?: string;
  /** An earlier study, and how many of its trials lie in this one's space. */
  readonly study?: string;
  readonly trials?: number;
}

/** A metric to optimise. */
export interface StudyObjectiveReport {
  readonly metric: string;
  readonly direction: "minimize" | "maximize";
  readonly unit: string;
}

/** A bound that an answer keeps. */
export interface StudyBoundReport {
  readonly metric: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly unit: string;
}

/** A parameter and the values that were asked for, ascending where they have an order. */
export interface StudyParameter {
  readonly name: string;
  readonly kind: string;
  readonly values: readonly StudyValue[];
  /** Absent for values without an order. */
  readonly scale?: "linear" | "log";
}

/** One trial. */
export interface StudyTrialReport {
  readonly number: number;
  readonly origin: "baseline" | "strategy";
  readonly configuration: StudyConfiguration;
  /** Share of the full effort; 1 = all. */
  readonly fidelity: number;
  /** Fresh processes that it took. */
  readonly processes: number;
  readonly durationMs: number;
  /** True if it was ended early because it was sure to lose. */
  readonly isRaced: boolean;
  readonly outcome: "ok" | "infeasible" | "failed";
  /** Why it has no values, or which bounds it breaks; absent for an answer. */
  readonly reason?: string;
  /** Absent unless the outcome is ok. */
  readonly values?: Readonly<Record<string, StudyEstimate>>;
}

/** A measured value and its standard error, 0 if it is not known. */
export interface StudyEstimate {
  readonly value: number;
  readonly standardError: number;
}

/** A prediction of the first objective for a trial that the model has not seen. */
export interface StudyPrediction {
  readonly trial: number;
  readonly predicted: number;
  readonly low: number;
  readonly high: number;
  readonly measured: number;
}

/** Paired rounds of the best configurations against the default one. */
export interface StudyProofReport {
  readonly rounds: number;
  /** Of each interval; 0.95 shared among contenders and objectives. */
  readonly confidence: number;
  readonly contenders: readonly StudyContender[];
  /** Number of the winner's trial; absent if nothing is sure to beat the default. */
  readonly winner?: number;
  /** True if the default broke round after round, so that nothing could be held against it. */
  readonly isDefaultBroken?: true;
}

/** One contender. */
export interface StudyContender {
  readonly trial: number;
  readonly configuration: StudyConfiguration;
  readonly rounds: number;
  /** 0.25 = 25% better than the default, whichever way is better. */
  readonly gains: readonly {
    readonly metric: string;
    readonly estimate: number;
    readonly low?: number;
    readonly high?: number;
  }[];
  /** Why it is no answer. */
  readonly refusal?: string;
}

/** What the study cost. */
export interface StudyCost {
  readonly processes: number;
  readonly searchMs: number;
  readonly proofMs: number;
  /** Part of `searchMs` that trials without a result took. */
  readonly failedMs: number;
  readonly racedProcesses: number;
}
