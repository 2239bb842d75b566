// A pass over data that does not fit on the device: batches are gathered here and sent, the next one while the device
// works on the one before.
import type { Executable, TensorMap } from "@fastgpu/core";
import { BackendTimeoutError } from "../errors.ts";
import type { EpochResult } from "../jobs/epoch.ts";
import type { PassOptions } from "./training.ts";
import { takeRows } from "./training-data.ts";

/** What to run. */
export interface StreamArgument {
  /** Row numbers in the order in which they are used. */
  readonly order: Int32Array;
  readonly tensors: TensorMap;
  /** Rows per step; the last step takes what is left. */
  readonly batch: number;
  readonly hasMetrics: boolean;
  /** The program for a number of rows. */
  readonly compile: (rows: number) => Promise<Executable>;
}

/** Batches on their way to the device at any time: one it works on and one that waits. */
const inFlight = 2;

const reportEveryMs = 100;

/** Runs a pass. @throws {BackendTimeoutError} if its time limit is over */
export async function streamEpoch(
  { order, tensors, batch, hasMetrics, compile }: StreamArgument,
  { onProgress, signal, timeoutMs = Infinity }: PassOptions,
): Promise<EpochResult> {
  const steps = Math.ceil(order.length / batch);
  const losses = new Float32Array(steps);
  const stepRows = new Int32Array(steps);
  const fetch = hasMetrics ? ["loss", "metrics"] : ["loss"];
  let metricSums = new Float64Array(0);
  let done = 0;
  let latestReport = performance.now();
  const startedAt = performance.now();
  const finish = async (outputs: Promise<TensorMap>, rows: number): Promise<void> => {
    const { loss, metrics } = await outputs;
    losses[done] = loss?.data[0] ?? NaN;
    stepRows[done] = rows;
    metricSums = addTo(metricSums, metrics?.data ?? []);
    done++;
    const now = performance.now();
    if (now - latestReport < reportEveryMs) return;
    latestReport = now;
    const rowsDone = Math.min(done * batch, order.length);
    onProgress?.({ rowsDone, rowsTotal: order.length, loss: losses[done - 1] ?? NaN });
  };
  const waiting: { outputs: Promise<TensorMap>; rows: number }[] = [];
  const finishOldest = async (): Promise<void> => {
    const oldest = waiting.shift();
    if (oldest !== undefined) await finish(oldest.outputs, oldest.rows);
  };
  for (let step = 0; step < steps && signal?.aborted !== true; step++) {
    if (performance.now() - startedAt > timeoutMs) {
      throw new BackendTimeoutError(
        `epoch: must end within ${timeoutMs} ms, got to step ${step} of ${steps}`,
      );
    }
    const rows = order.subarray(step * batch, (step + 1) * batch);
    const executable = await compile(rows.length);
    const outputs = executable.run(takeRows(tensors, rows), fetch);
    // Its error is reported where it is awaited, in order; until then it must not count as unhandled.
    outputs.catch(() => undefined);
    waiting.push({ outputs, rows: rows.length });
    if (waiting.length >= inFlight) await finishOldest();
  }
  while (waiting.length > 0) await finishOldest();
  return {
    losses: losses.slice(0, done),
    stepRows: stepRows.slice(0, done),
    metricSums,
    durationNs: Math.round((performance.now() - startedAt) * 1e6),
    isComplete: done === steps,
  };
}

function addTo(sums: Float64Array, values: ArrayLike<number>): Float64Array<ArrayBuffer> {
  const total =
    sums.length === values.length ? Float64Array.from(sums) : new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) total[i] = (total[i] ?? 0) + (values[i] ?? 0);
  return total;
}
