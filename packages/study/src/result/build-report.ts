// A study's state -> its report.
import {
  studyReportSchema,
  type Environment,
  type StudyParameter,
  type StudyPriorReport,
  type StudyProofReport,
  type StudyReport,
  type StudyTrialReport,
  type SuiteIdentity,
  type WorkloadIdentity,
} from "@fastgpu/results";
import {
  boundText,
  brokenBounds,
  busyMs,
  countReasons,
  feasibleTrials,
  heldOutPredictions,
  importanceOf,
  judgeProof,
  paretoFront,
  Space,
  type Configuration,
  type Proof,
  type ProofOptions,
  type StudyHeader,
  type StudyState,
  type StudyTrial,
} from "@fastgpu/tuner";
import { metricOf, type MetricName } from "../goal/metric.ts";

/** What a report says beside the state of the study. */
export interface ReportContext {
  readonly suite: SuiteIdentity;
  readonly workload: WorkloadIdentity;
  readonly environment: Environment;
  readonly finishedAt: string;
  /** How the proof was to be run. */
  readonly proof: Pick<ProofOptions, "rounds" | "contenders">;
}

/** Builds the report. */
export function buildReport(state: StudyState, context: ReportContext): StudyReport {
  const { header } = state;
  const { suite, workload, environment, finishedAt } = context;
  const space = new Space(header.space);
  const configurations = space.list()?.length;
  const [best] = feasibleTrials(state);
  const proof = judgeProof(state, context.proof);
  const unit = (metric: string): string => metricOf(metric as MetricName).unit;
  return {
    schema: studyReportSchema,
    studyId: header.studyId,
    startedAt: header.startedAt,
    finishedAt,
    end: state.end ?? "interrupted",
    suite,
    workload,
    environment,
    strategy: header.strategy,
    seed: header.seed,
    ...(header.prior === undefined ? {} : { prior: priorReport(header.prior) }),
    objectives: header.objectives.map((one) => ({ ...one, unit: unit(one.metric) })),
    bounds: header.bounds.map((one) => ({ ...one, unit: unit(one.metric) })),
    parameters: parametersOf(space, state.trials),
    ...(configurations === undefined ? {} : { configurations }),
    baseline: header.baseline ?? {},
    trials: state.trials.flatMap((trial) => trialReport(state, trial)),
    ...(best === undefined ? {} : { best: best.number }),
    front: paretoFront(state).map(({ number }) => number),
    reasons: [...countReasons(state)].map(([reason, trials]) => ({ reason, trials })),
    importance: state.end === undefined ? [] : importanceOf(state),
    predictions: state.end === undefined ? [] : heldOutPredictions(state),
    ...(proof === undefined ? {} : { proof: proofReport(proof) }),
    cost: costOf(state),
  };
}

function priorReport({
  guess,
  study,
  earlier,
}: NonNullable<StudyHeader["prior"]>): StudyPriorReport {
  return {
    ...(guess === undefined ? {} : { guess }),
    ...(study === undefined ? {} : { study }),
    ...(earlier === undefined ? {} : { trials: earlier.length }),
  };
}

function parametersOf(space: Space, trials: readonly StudyTrial[]): readonly StudyParameter[] {
  return space.axes.map((axis) => {
    const { name } = axis;
    const declaration = space.declaration.parameters[name] ?? { kind: "categorical" as const };
    const isListed = axis.size <= 256;
    const values = isListed
      ? Array.from({ length: axis.size }, (_, level) => axis.valueAt(level))
      : usedValues(name, trials);
    const isLog = "scale" in declaration && declaration.scale !== "linear";
    const scale = axis.isOrdered ? { scale: isLog ? ("log" as const) : ("linear" as const) } : {};
    return { name, kind: declaration.kind, values, ...scale };
  });
}

function usedValues(name: string, trials: readonly StudyTrial[]): readonly Configuration[string][] {
  const used = trials.flatMap(({ configuration }) => configuration[name] ?? []);
  return [...new Set(used)].sort((a, b) => Number(a) - Number(b));
}

function trialReport({ header }: StudyState, trial: StudyTrial): readonly StudyTrialReport[] {
  const { number, origin, configuration, fidelity = 1, processes, outcome } = trial;
  if (outcome === undefined) return [];
  const shared = {
    number,
    origin,
    configuration,
    fidelity,
    processes: processes.length,
    durationMs: processes.reduce((sum, { durationMs }) => sum + durationMs, 0),
    isRaced: processes.some(({ isRaced }) => isRaced),
  };
  if (outcome.kind !== "ok") {
    const reason = outcome.kind === "failed" ? failureText(outcome) : outcome.reason;
    return [{ ...shared, outcome: outcome.kind, reason }];
  }
  const broken = brokenBounds(outcome.values, header.bounds).map(boundText).join("; ");
  const values = Object.fromEntries(
    Object.entries(outcome.values).map(([metric, { value, variance = 0 }]) => [
      metric,
      { value, standardError: Math.sqrt(variance) },
    ]),
  );
  return [{ ...shared, outcome: "ok", ...(broken === "" ? {} : { reason: broken }), values }];
}

function failureText({
  cause,
  detail,
}: {
  readonly cause: string;
  readonly detail?: string;
}): string {
  return detail === undefined ? cause : `${cause}: ${detail}`;
}

function proofReport({ contenders, confidence, winner, isDefaultBroken }: Proof): StudyProofReport {
  const trial = winner === undefined ? undefined : contenders[winner]?.trial;
  return {
    rounds: Math.max(...contenders.map(({ rounds }) => rounds)),
    confidence,
    contenders: contenders.map(({ configuration, trial: number, rounds, gains, refusal }) => ({
      trial: number,
      configuration,
      rounds,
      gains: gains.map(({ metric, estimate, interval }) => ({ metric, estimate, ...interval })),
      ...(refusal === undefined ? {} : { refusal }),
    })),
    ...(trial === undefined ? {} : { winner: trial }),
    ...(isDefaultBroken ? { isDefaultBroken } : {}),
  };
}

function costOf(state: StudyState): StudyReport["cost"] {
  const { trials, proof } = state;
  const searched = trials.flatMap(({ processes }) => processes);
  const failed = searched.filter(({ outcome }) => outcome.kind !== "ok");
  return {
    processes: searched.length + proof.length,
    searchMs: busyMs({ trials, proof: [] }),
    proofMs: busyMs({ trials: [], proof }),
    failedMs: failed.reduce((sum, { durationMs }) => sum + durationMs, 0),
    racedProcesses: searched.filter(({ isRaced }) => isRaced).length,
  };
}
