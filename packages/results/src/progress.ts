// Events of a run in progress: written by package bench, shown by package reporter. They carry no
// clock readings of their own; the receiver stamps them with its own clock.

import type { RunStatus } from "./record.ts";
import type { OutcomeState, TrialConfig, TrialPhase, TrialRecord } from "./trial.ts";

/** One event of a run. For a trial: trialStarted, then phase/sample/epoch, then trialFinished. */
export type ProgressEvent =
  | PlanEvent
  | TrialStartedEvent
  | PhaseEvent
  | SampleEvent
  | EpochEvent
  | TrialFinishedEvent
  | NoticeEvent
  | RunFinishedEvent;

/** First event: everything that will be done. */
export interface PlanEvent {
  readonly kind: "plan";
  readonly suite: string;
  readonly trials: readonly TrialConfig[];
  /** Trials which a resumed run keeps from its journal; they get no further events. */
  readonly resumedTrials: number;
}

/** A backend process is being started. */
export interface TrialStartedEvent {
  readonly kind: "trialStarted";
  readonly trialId: string;
  /** 0-based index in the plan. */
  readonly index: number;
  readonly config: TrialConfig;
}

/** The trial moved on to `phase`. */
export interface PhaseEvent {
  readonly kind: "phase";
  readonly trialId: string;
  readonly phase: TrialPhase;
}

/** Iterations done so far in `warmup` or `sampling`; sent at most a few times per second. */
export interface SampleEvent {
  readonly kind: "sample";
  readonly trialId: string;
  readonly iterations: number;
  readonly lastNs: number;
  /** Part of this phase that is done, 0 to 1; absent when its end is not known. */
  readonly share?: number;
}

/** An epoch ended. */
export interface EpochEvent {
  readonly kind: "epoch";
  readonly trialId: string;
  /** 1-based. */
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  readonly accuracy?: number;
  readonly validationAccuracy?: number;
}

/** The trial is in the journal. */
export interface TrialFinishedEvent {
  readonly kind: "trialFinished";
  readonly index: number;
  readonly trial: TrialRecord;
}

/** Something the user should know that ends nothing, as in `foreign process on the GPU`. */
export interface NoticeEvent {
  readonly kind: "notice";
  readonly level: "info" | "warning";
  readonly message: string;
}

/** Last event. */
export interface RunFinishedEvent {
  readonly kind: "runFinished";
  readonly status: RunStatus;
  readonly outcomes: Readonly<Partial<Record<OutcomeState, number>>>;
}

/** Receives events in order; must not throw. */
export type ProgressListener = (event: ProgressEvent) => void;
