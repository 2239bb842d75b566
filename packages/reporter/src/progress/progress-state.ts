// What is known of a run in progress: a fold over its events. Pure; the clock comes in with each event.

import { canonicalTrialKey } from "@fastgpu/results";
import type {
  OutcomeState,
  ProgressEvent,
  TrialConfig,
  TrialPhase,
  TrialRecord,
} from "@fastgpu/results";

/** State of a run; times in ms of the receiver's clock. */
export interface ProgressState {
  readonly suite: string;
  /** Trials to do in this run, resumed ones not counted. */
  readonly planned: readonly TrialConfig[];
  readonly resumed: number;
  readonly startedMs: number;
  /** Trials under way, by id, oldest first. */
  readonly running: ReadonlyMap<string, RunningTrial>;
  readonly outcomes: Readonly<Partial<Record<OutcomeState, number>>>;
  readonly finished: readonly FinishedTrial[];
}

/** A trial under way. */
export interface RunningTrial {
  readonly config: TrialConfig;
  readonly index: number;
  readonly startedMs: number;
  readonly phase: TrialPhase;
  readonly iterations?: number;
  readonly lastNs?: number;
  readonly share?: number;
  readonly epoch?: {
    readonly epoch: number;
    readonly epochs: number;
    readonly loss: number;
    readonly accuracy?: number;
  };
}

/** A trial that is done, as far as the estimate needs it. */
export interface FinishedTrial {
  readonly key: string;
  readonly workload: string;
  readonly durationNs: number;
}

/** The state before any event. */
export function initialProgress(nowMs: number): ProgressState {
  return {
    suite: "",
    planned: [],
    resumed: 0,
    startedMs: nowMs,
    running: new Map(),
    outcomes: {},
    finished: [],
  };
}

/** The state after an event. An event of an unknown trial changes nothing. */
export function reduceProgress(
  state: ProgressState,
  event: ProgressEvent,
  nowMs: number,
): ProgressState {
  switch (event.kind) {
    case "plan":
      return {
        ...initialProgress(nowMs),
        suite: event.suite,
        planned: event.trials,
        resumed: event.resumedTrials,
      };
    case "trialStarted": {
      const { config, index } = event;
      return setRunning(state, event.trialId, { config, index, startedMs: nowMs, phase: "start" });
    }
    case "phase": {
      const trial = state.running.get(event.trialId);
      if (trial === undefined) return state;
      const { config, index, startedMs } = trial;
      // Iterations and shares belong to the phase that ended.
      return setRunning(state, event.trialId, { config, index, startedMs, phase: event.phase });
    }
    case "sample": {
      const { iterations, lastNs, share } = event;
      const progress = { iterations, lastNs, ...(share !== undefined && { share }) };
      return changeRunning(state, event.trialId, progress);
    }
    case "epoch": {
      const { epoch, epochs, loss } = event;
      const accuracy = event.validationAccuracy ?? event.accuracy;
      return changeRunning(state, event.trialId, {
        epoch: { epoch, epochs, loss, ...(accuracy !== undefined && { accuracy }) },
        share: epochs === 0 ? 0 : epoch / epochs,
      });
    }
    case "trialFinished":
      return finish(state, event.trial);
    case "notice":
    case "runFinished":
      return state;
  }
}

/** Trials done and to do, resumed ones included. */
export function countTrials(state: ProgressState): { readonly done: number; readonly all: number } {
  return {
    done: state.resumed + state.finished.length,
    all: state.resumed + state.planned.length,
  };
}

/**
 * Estimated time until the run ends: for each trial not yet done the mean duration of the finished
 * trials of its workload, or of all when there is none, less what running trials have used.
 *
 * @returns Milliseconds; undefined before the first trial has finished.
 */
export function estimateRemainingMs(state: ProgressState, nowMs: number): number | undefined {
  const overall = meanMs(state.finished);
  if (overall === undefined) return undefined;
  const done = new Set(state.finished.map(({ key }) => key));
  let total = 0;
  for (const config of state.planned) {
    if (done.has(canonicalTrialKey(config))) continue;
    const workload = workloadKey(config);
    const alike = meanMs(state.finished.filter((trial) => trial.workload === workload));
    total += alike ?? overall;
  }
  for (const trial of state.running.values()) {
    const alike = meanMs(
      state.finished.filter((done) => done.workload === workloadKey(trial.config)),
    );
    total -= Math.min(alike ?? overall, nowMs - trial.startedMs);
  }
  return Math.max(0, total);
}

function finish(state: ProgressState, trial: TrialRecord): ProgressState {
  const running = new Map(state.running);
  running.delete(trial.id);
  const { state: outcome } = trial.outcome;
  const done = {
    key: trial.id,
    workload: workloadKey(trial.config),
    durationNs: trial.durationNs,
  };
  return {
    ...state,
    running,
    outcomes: { ...state.outcomes, [outcome]: (state.outcomes[outcome] ?? 0) + 1 },
    finished: [...state.finished, done],
  };
}

function changeRunning(
  state: ProgressState,
  id: string,
  changes: Partial<RunningTrial>,
): ProgressState {
  const trial = state.running.get(id);
  return trial === undefined ? state : setRunning(state, id, { ...trial, ...changes });
}

function setRunning(state: ProgressState, id: string, trial: RunningTrial): ProgressState {
  return { ...state, running: new Map(state.running).set(id, trial) };
}

function workloadKey({ workload }: TrialConfig): string {
  return `${workload.kind}:${workload.name}`;
}

function meanMs(trials: readonly FinishedTrial[]): number | undefined {
  if (trials.length === 0) return undefined;
  return trials.reduce((sum, { durationNs }) => sum + durationNs, 0) / trials.length / 1e6;
}
