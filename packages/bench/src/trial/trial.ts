// What a kind of trial gets to work with, and what it must give back.
import type { Measurements, TrialPhase, VoidSample } from "@fastgpu/results";
import type { RemoteDevice } from "@fastgpu/runtime";
import { MeasurementError, type KernelTiming, type Precision } from "@fastgpu/core";
import type { CorrectnessCheck, EpochRecord } from "@fastgpu/results";
import type { GpuProcess } from "../conditions/nvidia-smi.ts";
import type { SampleProgress } from "../jobs/sample.ts";
import type { PlannedTrial } from "../plan/plan.ts";
import type { LoadedData } from "../run/suite-data.ts";
import type { Suite, Workload } from "../suite/suite.ts";

/** One trial in progress; its device is being opened in a fresh process. */
export interface TrialScope<W extends Workload = Workload> {
  readonly trial: PlannedTrial;
  readonly workload: W;
  readonly precision: Precision;
  readonly suite: Suite;
  /** The data set that the workload names, if it names one. */
  readonly data: LoadedData | undefined;
  /** The device; what can be prepared without it should be, because its process takes a while to start. */
  opened(): Promise<RemoteDevice>;
  /** Processes that computed on the device before the run and are put up with (`--force`). */
  readonly toleratedProcesses: readonly GpuProcess[];
  /** Results of the reference, kept for the trials of one run. */
  readonly references: Map<string, unknown>;
  /** Says what the trial does from now on. */
  enter(phase: TrialPhase): void;
  /** Passes on progress of the loop. */
  onSample(progress: SampleProgress): void;
  onEpoch(epoch: EpochRecord, epochs: number): void;
  /** The kernels of one more run after sampling, where the engine tells them. */
  onKernels(kernels: readonly KernelTiming[]): void;
  /** Something the user should know that ends nothing. */
  notice(message: string): void;
  /** Time since the process was started, ns. */
  sinceStartNs(): number;
}

/** A trial whose device is open. */
export interface OpenTrialScope<W extends Workload = Workload> extends TrialScope<W> {
  readonly device: RemoteDevice;
}

/** Waits for the device of a trial. */
export async function withDevice<W extends Workload>(
  scope: TrialScope<W>,
): Promise<OpenTrialScope<W>> {
  return { ...scope, device: await scope.opened() };
}

/** Runs one kind of trial. Errors become the trial's outcome; the caller ends the process. */
export type TrialRunner<W extends Workload> = (scope: TrialScope<W>) => Promise<Measurements>;

/** The outputs differed from the reference: the trial has no speed. */
export class IncorrectOutputError extends MeasurementError {
  readonly check: CorrectnessCheck;

  constructor(check: CorrectnessCheck) {
    const { tolerance, nonFiniteValues, comparedValues } = check;
    const found =
      nonFiniteValues > 0
        ? `${nonFiniteValues} of ${comparedValues} values that are not finite where they should be`
        : `an error of ${check.maxAbsoluteError.toPrecision(3)}`;
    super(
      `check: outputs must match the ${check.reference} within ${tolerance.absolute.toPrecision(3)} + ${tolerance.relative} x |value|, got ${found}`,
    );
    this.check = check;
  }
}

/** Too many samples do not count: the numbers are kept, but they are no result. */
export class InvalidMeasurementError extends MeasurementError {
  readonly measurements: Measurements;

  constructor(voids: readonly VoidSample[], samples: number, measurements: Measurements) {
    const causes = new Map<string, number>();
    for (const { cause } of voids) causes.set(cause, (causes.get(cause) ?? 0) + 1);
    const list = [...causes].map(([cause, count]) => `${count} ${cause}`).join(", ");
    super(
      `samples: at most 20% may be void, got ${voids.length} of ${samples} (${list}), such as ${voids[0]?.evidence ?? ""}`,
    );
    this.measurements = measurements;
  }
}

/** @throws {IncorrectOutputError} if the check did not pass */
export function requirePassed(check: CorrectnessCheck): CorrectnessCheck {
  if (!check.passed) throw new IncorrectOutputError(check);
  return check;
}
