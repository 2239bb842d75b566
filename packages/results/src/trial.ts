// One trial: what was asked for (its configuration and key) and how it ended (its outcome).

import type { CorrectnessCheck, Measurements } from "./measurements.ts";

/** One trial = one fresh backend process, from start to end. */
export interface TrialRecord {
  /** `canonicalTrialKey(config)`; unique in a record and stable between runs. */
  readonly id: string;
  readonly config: TrialConfig;
  readonly outcome: Outcome;
  /** Wall time of the whole trial, process start to process end, ns. */
  readonly durationNs: number;
  /** ISO 8601 instant in UTC. */
  readonly startedAt: string;
}

/** What a trial was asked to do. */
export interface TrialConfig {
  readonly workload: WorkloadIdentity;
  /** Backend name, as in `onnx`. */
  readonly backend: string;
  /** Device id in that backend, as in `cpu` or `cuda:0`. */
  readonly device: string;
  /** Precision policy, as in `f32`, `f16`, `mixed`, `int8`. */
  readonly precision: string;
  /** Samples per iteration; at least 1. */
  readonly batchSize: number;
  /** Engine threads; absent = the engine's own choice. */
  readonly threads?: number;
  readonly seed: number;
  /** 0-based number of this repetition of the same configuration. */
  readonly repeat: number;
  /** Further choices that change speed, as in `{ "stepsPerRun": 8 }`. */
  readonly options?: Readonly<Record<string, string | number | boolean>>;
}

/** The work of a trial. */
export interface WorkloadIdentity {
  readonly name: string;
  readonly kind: WorkloadKind;
}

/** `model` is inference of a user's own file; records from before it had that name say `onnx-model`. */
export type WorkloadKind = "inference" | "train-step" | "train-to-accuracy" | "model";

/** How a trial ended. Only `ok` has a speed: a wrong answer has none. */
export type Outcome =
  | { readonly state: "ok"; readonly measurements: Measurements }
  | FailedOutcome
  | CrashedOutcome
  | TimeoutOutcome
  | OutOfMemoryOutcome
  | UnsupportedOutcome
  | IncorrectOutcome
  | CancelledOutcome
  | InvalidOutcome;

/** Name of an outcome. */
export type OutcomeState = Outcome["state"];

/** The backend process answered with an error. */
export interface FailedOutcome {
  readonly state: "failed";
  readonly message: string;
  /** Stable error code, where the error had one. */
  readonly code?: string;
}

/** The backend process ended on its own: exactly one of `signal` and `exitCode` is usual. */
export interface CrashedOutcome {
  readonly state: "crashed";
  readonly message: string;
  readonly signal?: string;
  readonly exitCode?: number;
  /** Last lines the process wrote to stderr; may be empty. */
  readonly stderrTail: string;
}

/** The trial used up its time, or its process stopped answering. */
export interface TimeoutOutcome {
  readonly state: "timeout";
  readonly message: string;
  readonly limitNs: number;
  /** What it was doing. */
  readonly phase?: TrialPhase;
}

/** Memory ran out. */
export interface OutOfMemoryOutcome {
  readonly state: "out-of-memory";
  readonly message: string;
  readonly where: "host" | "device";
}

/** The backend cannot run this workload, device or precision. */
export interface UnsupportedOutcome {
  readonly state: "unsupported";
  readonly message: string;
  /** The backend's own words, as its `supports()` gave them. */
  readonly reason: string;
}

/** The outputs differed from the reference by more than the tolerance; nothing was timed. */
export interface IncorrectOutcome {
  readonly state: "incorrect";
  readonly message: string;
  readonly check: CorrectnessCheck;
}

/** The user stopped the run; a resumed run does this trial again. */
export interface CancelledOutcome {
  readonly state: "cancelled";
  readonly message: string;
}

/** Too many samples were void for a measured cause; the numbers are kept, but they are no result. */
export interface InvalidOutcome {
  readonly state: "invalid";
  readonly message: string;
  readonly measurements: Measurements;
}

/** What a trial is doing, in order. `training` replaces `warmup` and `sampling`. */
export type TrialPhase =
  | "start"
  | "load"
  | "compile"
  | "first-run"
  | "check"
  | "warmup"
  | "sampling"
  | "training"
  | "finish";

/**
 * The id of a trial: every choice that makes it this trial, in a fixed order, and nothing else.
 *
 * @returns As in `digits:train-step/onnx/cpu/f32/b128/t1/stepsPerRun=8/s42/r0`. Names are
 *   percent-encoded, so that no name can imitate another key.
 */
export function canonicalTrialKey(config: TrialConfig): string {
  return `${configurationKey(config)}/s${config.seed}/r${config.repeat}`;
}

/** The key of a configuration: equal for repetitions and seeds of the same work. */
export function configurationKey(config: TrialConfig): string {
  const options = Object.entries(config.options ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [
    `${encode(config.workload.name)}:${config.workload.kind}`,
    encode(config.backend),
    encode(config.device),
    encode(config.precision),
    `b${config.batchSize}`,
    config.threads === undefined ? "auto" : `t${config.threads}`,
    ...options.map(([name, value]) => `${encode(name)}=${encode(String(value))}`),
  ];
  return parts.join("/");
}

/** Whether a resumed run may keep this trial. Only a cancelled one is done again. */
export function isFinished(trial: TrialRecord): boolean {
  return trial.outcome.state !== "cancelled";
}

// `cuda:0` stays readable: a colon cannot be mistaken for the separators "/" and "=". A lone surrogate,
// which encodeURIComponent refuses, becomes U+FFFD.
function encode(name: string): string {
  return encodeURIComponent(name.replace(/\p{Surrogate}/gu, "\uFFFD")).replaceAll("%3A", ":");
}
