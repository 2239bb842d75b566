// One pass over a resident data set, next to the device: losses of every step and the sums behind the metrics.
import type { HostTensor } from "@fastgpu/core";
import type { RequestOptions } from "../connection.ts";
import type { JobContext } from "../process/job.ts";
import type { RemoteDevice } from "../remote-device.ts";
import { forEachRun, type ProgramRuns } from "./programs.ts";

/** What to run. */
export interface EpochArgument {
  /** Row numbers in the order in which they are used. */
  readonly order: Int32Array;
  readonly programs: readonly ProgramRuns[];
  /** Whether the programs have an output `metrics`; `loss` they always have. */
  readonly hasMetrics: boolean;
}

/** What came out. */
export interface EpochResult {
  /** Loss of every step, in order. */
  readonly losses: Float32Array;
  /** Rows of every step, in order. */
  readonly stepRows: Int32Array;
  /** Sums of the `metrics` output over all steps, float64; empty if there are none. */
  readonly metricSums: Float64Array;
  /** Time from before the first run to after the last sync, ns. */
  readonly durationNs: number;
  /** False if the caller cancelled before the end. */
  readonly isComplete: boolean;
}

/** Reported about ten times a second. */
export interface EpochProgress {
  readonly rowsDone: number;
  readonly rowsTotal: number;
  /** Loss of the latest step. */
  readonly loss: number;
}

const reportEveryMs = 100;

/** Runs an epoch on a device in its process. */
export function runEpoch(
  device: RemoteDevice,
  argument: EpochArgument,
  options: Omit<RequestOptions, "onEvent"> & {
    readonly onProgress?: (progress: EpochProgress) => void;
  } = {},
): Promise<EpochResult> {
  const { onProgress, ...rest } = options;
  const job = { module: new URL("../../dist/jobs/epoch.js", import.meta.url).href, name: "epoch" };
  const onEvent = onProgress as ((event: unknown) => void) | undefined;
  return device.runJob(job, argument, onEvent === undefined ? rest : { ...rest, onEvent });
}

/** The job; call it through `runEpoch`. */
export async function epoch(
  context: JobContext<EpochProgress>,
  { order, programs, hasMetrics }: EpochArgument,
): Promise<EpochResult> {
  const steps = programs.reduce((sum, program) => sum + program.runs * program.steps, 0);
  const losses = new Float32Array(steps);
  const stepRows = new Int32Array(steps);
  const fetch = hasMetrics ? ["loss", "metrics"] : ["loss"];
  let metricSums = new Float64Array(0);
  let step = 0;
  let lastReport = performance.now();
  const startedAt = performance.now();
  const isComplete = await forEachRun(context, order, programs, async (run) => {
    const { executable, program, rows } = run;
    const { loss, metrics } = await executable.run({ rows }, fetch);
    if (loss !== undefined) losses.set(loss.data, step);
    if (metrics !== undefined) metricSums = addStacked(metricSums, metrics, program.isStacked);
    stepRows.fill(program.rowsPerStep, step, step + program.steps);
    step += program.steps;
    const now = performance.now();
    if (now - lastReport > reportEveryMs) {
      lastReport = now;
      const rowsDone = run.offset + program.steps * program.rowsPerStep;
      context.emit({ rowsDone, rowsTotal: order.length, loss: losses[step - 1] ?? NaN });
    }
  });
  const last = programs.at(-1);
  if (last !== undefined) await context.executable(last.executable).sync();
  const durationNs = Math.round((performance.now() - startedAt) * 1e6);
  return {
    losses: losses.slice(0, step),
    stepRows: stepRows.slice(0, step),
    metricSums,
    durationNs,
    isComplete,
  };
}

/** Adds metrics [n] or [steps, n] to sums [n]; kept in float64 so that long epochs add up. */
function addStacked(
  sums: Float64Array,
  metrics: HostTensor,
  isStacked: boolean,
): Float64Array<ArrayBuffer> {
  const size = metrics.shape[isStacked ? 1 : 0] ?? 0;
  const total = sums.length === size ? Float64Array.from(sums) : new Float64Array(size);
  metrics.data.forEach((value, i) => {
    total[i % size] = (total[i % size] ?? 0) + value;
  });
  return total;
}
