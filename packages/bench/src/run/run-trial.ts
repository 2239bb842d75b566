// One trial from start to end: a fresh backend process, the work, the end of the process, and an outcome whatever
// happens.
import {
  precisionPolicies,
  UnsupportedOpError,
  type FastGpuError,
  type KernelTiming,
  type Precision,
} from "@fastgpu/core";
import {
  canonicalTrialKey,
  type Measurements,
  type Outcome,
  type ProgressListener,
  type TrialPhase,
  type TrialRecord,
} from "@fastgpu/results";
import type { DevicePool, RemoteDevice } from "@fastgpu/runtime";
import type { GpuProcess } from "../conditions/nvidia-smi.ts";
import type { PlannedTrial } from "../plan/plan.ts";
import type { Suite, Workload } from "../suite/suite.ts";
import { trialRunners } from "../trial/table.ts";
import type { TrialRunner, TrialScope } from "../trial/trial.ts";
import { outcomeOf } from "./outcome.ts";
import { dataOf, type SuiteData } from "./suite-data.ts";

/** Takes the kernels of one run of a trial's program, as the engine's profile has them. */
export type KernelListener = (trialId: string, kernels: readonly KernelTiming[]) => void;

/** What all trials of a run share. */
export interface TrialSurroundings {
  readonly pool: Pick<DevicePool, "openDevice">;
  readonly suite: Suite;
  readonly data: SuiteData;
  readonly references: Map<string, unknown>;
  /** Processes that computed on a device before the run, by `backend device`; only under `--force` there are any. */
  readonly tolerated?: ReadonlyMap<string, readonly GpuProcess[]>;
  readonly onProgress: ProgressListener;
  readonly onKernels?: KernelListener;
  /** Aborted when the user stops the run. */
  readonly signal: AbortSignal;
}

/** Runs a trial. Never rejects for anything that a backend does. */
export async function runTrial(
  trial: PlannedTrial,
  surroundings: TrialSurroundings,
): Promise<TrialRecord> {
  const startedAt = new Date().toISOString();
  const startedNs = process.hrtime.bigint();
  const outcome = await new RunningTrial(trial, surroundings, startedNs).run();
  return {
    id: canonicalTrialKey(trial.config),
    config: trial.config,
    outcome,
    durationNs: Number(process.hrtime.bigint() - startedNs),
    startedAt,
  };
}

class RunningTrial {
  private readonly trial: PlannedTrial;
  private readonly surroundings: TrialSurroundings;
  private readonly startedNs: bigint;
  private readonly id: string;
  private phase: TrialPhase = "start";

  constructor(trial: PlannedTrial, surroundings: TrialSurroundings, startedNs: bigint) {
    this.trial = trial;
    this.surroundings = surroundings;
    this.startedNs = startedNs;
    this.id = canonicalTrialKey(trial.config);
  }

  async run(): Promise<Outcome> {
    const { workload, device: info } = this.trial;
    const timeoutMs = workload.sampling.trialTimeoutMs;
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([deadline, this.surroundings.signal]);
    let opening: Promise<RemoteDevice> | undefined;
    try {
      requirePrecision(this.trial);
      this.enter("start");
      const starting = this.open(signal, timeoutMs);
      opening = starting;
      // Whoever awaits it first gets the error; until then it is not unhandled.
      starting.catch(() => undefined);
      const measurements = await this.measure(() => starting);
      return { state: "ok", measurements };
    } catch (error) {
      const isOverdue = deadline.aborted && !this.surroundings.signal.aborted;
      const isHostDevice = info.kind === "cpu";
      return outcomeOf(error, { phase: this.phase, timeoutMs, isOverdue, isHostDevice });
    } finally {
      // A device that never opened has no process left.
      const device = await opening?.catch(() => undefined);
      await device?.dispose();
    }
  }

  private async open(signal: AbortSignal, timeoutMs: number): Promise<RemoteDevice> {
    const { backend, device, config, engine } = this.trial;
    const opened = await this.surroundings.pool.openDevice({
      backend,
      device,
      options: {
        ...(config.threads === undefined ? {} : { threads: config.threads }),
        ...(engine === undefined ? {} : { engine }),
      },
      // The trial's own limit decides; a long run of an engine is no stall.
      limits: { stallTimeoutMs: timeoutMs },
      signal,
    });
    for (const message of opened.notices) this.notice(message);
    return opened;
  }

  private measure(opened: () => Promise<RemoteDevice>): Promise<Measurements> {
    const { trial, surroundings } = this;
    const { suite, data, references } = surroundings;
    const { workload } = trial;
    const [dataName] = dataOf(workload);
    const scope: TrialScope = {
      trial,
      workload,
      precision: trial.config.precision as Precision,
      suite,
      data: dataName === undefined ? undefined : data.get(dataName),
      opened,
      references,
      toleratedProcesses:
        surroundings.tolerated?.get(`${trial.config.backend} ${trial.config.device}`) ?? [],
      enter: (phase) => {
        this.enter(phase);
      },
      onSample: ({ iterations, lastNs, share }) => {
        surroundings.onProgress({
          kind: "sample",
          trialId: this.id,
          iterations,
          lastNs,
          ...(share === undefined ? {} : { share }),
        });
      },
      onEpoch: ({ epoch, loss, accuracy, validationAccuracy }, epochs) => {
        surroundings.onProgress({
          kind: "epoch",
          trialId: this.id,
          epoch,
          epochs,
          loss,
          ...(accuracy === undefined ? {} : { accuracy }),
          ...(validationAccuracy === undefined ? {} : { validationAccuracy }),
        });
      },
      onKernels: (kernels) => {
        surroundings.onKernels?.(this.id, kernels);
      },
      notice: (message) => {
        this.notice(message);
      },
      sinceStartNs: () => Number(process.hrtime.bigint() - this.startedNs),
    };
    // The table pairs each kind with the runner of that kind; TypeScript cannot follow that.
    const run = trialRunners[workload.kind] as TrialRunner<Workload>;
    return run(scope);
  }

  private enter(phase: TrialPhase): void {
    this.phase = phase;
    this.surroundings.onProgress({ kind: "phase", trialId: this.id, phase });
  }

  private notice(message: string): void {
    this.surroundings.onProgress({
      kind: "notice",
      level: "warning",
      message: `${this.id}: ${message}`,
    });
  }
}

/** @throws {UnsupportedOpError} for a precision in which the workload cannot be done on any device */
function requirePrecision({ workload, config }: PlannedTrial): void {
  const isTraining = workload.kind === "train-step" || workload.kind === "train-to-accuracy";
  if (!isTraining || precisionPolicies[config.precision as Precision].canTrain) return;
  throw new UnsupportedOpError(
    `precision: training must use f32, mixed or f16, got ${config.precision}`,
  ) satisfies FastGpuError;
}
