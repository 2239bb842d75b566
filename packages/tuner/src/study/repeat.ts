// How many fresh processes a trial gets: one tells little about a close race, and a second is wasted on a configuration
// that is far behind. Pure.
import { moments, sortSamples } from "@fastgpu/results";
import type { Measured, OkOutcome, TrialOutcome } from "../observation.ts";
import type { Objective } from "../problem.ts";
import type { ProcessMeasurement } from "./study-line.ts";
import { feasibleTrials, measuredTrials } from "./standing.ts";
import type { StudyState, StudyTrial } from "./study-state.ts";

/** Processes of one trial. */
export interface RepeatRule {
  /** At least 1. */
  readonly atMost: number;
}

/** Relative standard deviation between processes until a study has seen its own: what an ordinary shared machine shows. */
const assumedNoise = 0.04;
/** No study is less noisy than this: two processes may agree by chance. */
const leastNoise = 0.005;

/**
 * Whether a trial needs another process: the baseline always, up to the limit; a configuration as long as its optimistic
 * bound, two standard errors better than its mean, would beat the best.
 */
export function needsRepeat(state: StudyState, trial: StudyTrial, rule: RepeatRule): boolean {
  const { processes } = trial;
  if (processes.length === 0) return true;
  if (processes.length >= rule.atMost || processes.some(({ isRaced }) => isRaced)) return false;
  const outcome = combine(state, trial);
  if (outcome.kind !== "ok") return false;
  if (trial.origin === "baseline") return true;
  const others = { ...state, trials: state.trials.filter(({ number }) => number !== trial.number) };
  const [best] = feasibleTrials(others);
  if (best === undefined) return true;
  return state.header.objectives.some((objective) => {
    const own = costIn(outcome.values[objective.metric], objective);
    const error = Math.sqrt(outcome.values[objective.metric]?.variance ?? 0);
    return own - 2 * error < costIn(best.outcome.values[objective.metric], objective);
  });
}

/**
 * What the processes of a trial say together: the mean of each metric and its variance, from the spread between processes
 * of the whole study. One that broke speaks for all; a value that is no number is a failure.
 */
export function combine(state: StudyState, { processes }: StudyTrial): TrialOutcome {
  const broken = processes.find(({ outcome }) => outcome.kind !== "ok");
  if (broken !== undefined) return broken.outcome;
  const all = processes.flatMap(({ outcome }) => (outcome.kind === "ok" ? [outcome.values] : []));
  const values: Record<string, Measured> = {};
  for (const metric of Object.keys(all[0] ?? {})) {
    const measured = all.flatMap((each) => each[metric] ?? []);
    const odd = measured.find(({ value }) => !Number.isFinite(value));
    values[metric] = odd ?? pooled(measured, noiseOf(state, metric));
  }
  return checkedOutcome({ kind: "ok", values }, [
    ...state.header.objectives.map(({ metric }) => metric),
    ...state.header.bounds.map(({ metric }) => metric),
  ]);
}

/** The mean of values; each counts with the noise between processes, or with its own where that is larger. */
function pooled(measured: readonly Measured[], noise: number): Measured {
  const { mean } = moments(sortSamples(measured.map(({ value }) => value)));
  const own = Math.max(...measured.map(({ variance = 0 }) => variance));
  return { value: mean, variance: Math.max((noise * mean) ** 2, own) / measured.length };
}

/** The outcome, or a failure if a metric that the study needs is no number. */
export function checkedOutcome(outcome: OkOutcome, metrics: readonly string[]): TrialOutcome {
  const bad = metrics.find((metric) => !Number.isFinite(outcome.values[metric]?.value));
  if (bad === undefined) return outcome;
  const given = outcome.values[bad]?.value;
  return {
    kind: "failed",
    cause: "error",
    detail: `${bad} must be a finite number, got ${given ?? "none"}`,
  };
}

/** Relative standard deviation of a metric between processes of one configuration, pooled over the study. */
export function noiseOf(state: Pick<StudyState, "trials">, metric: string): number {
  let squares = 0;
  let freedom = 0;
  for (const { processes } of measuredTrials(state)) {
    const values = valuesOf(processes, metric);
    if (values.length < 2) continue;
    const { mean, standardDeviation } = moments(sortSamples(values));
    if (mean === 0) continue;
    squares += (standardDeviation / mean) ** 2 * (values.length - 1);
    freedom += values.length - 1;
  }
  return freedom === 0 ? assumedNoise : Math.max(leastNoise, Math.sqrt(squares / freedom));
}

function valuesOf(processes: readonly ProcessMeasurement[], metric: string): number[] {
  return processes.flatMap(({ outcome }) =>
    outcome.kind === "ok" && Number.isFinite(outcome.values[metric]?.value)
      ? (outcome.values[metric]?.value ?? [])
      : [],
  );
}

function costIn(measured: Measured | undefined, { direction }: Objective): number {
  const value = measured?.value ?? NaN;
  return direction === "minimize" ? value : -value;
}
