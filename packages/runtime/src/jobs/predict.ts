// Predictions for many rows of a resident data set, next to the device; only the results cross the process border.
import { allocate, sizeOf, UsageError, type HostTensor, type TensorMap } from "@fastgpu/core";
import type { RequestOptions } from "../connection.ts";
import type { JobContext } from "../process/job.ts";
import type { RemoteDevice } from "../remote-device.ts";
import { forEachRun, type ProgramRuns } from "./programs.ts";

/** What to run; programs must not be stacked. */
export interface PredictArgument {
  readonly order: Int32Array;
  readonly programs: readonly ProgramRuns[];
}

/** Runs predictions; each output is [rows of the order, ...]. */
export function runPrediction(
  device: RemoteDevice,
  argument: PredictArgument,
  options: Omit<RequestOptions, "onEvent"> = {},
): Promise<TensorMap> {
  const module = new URL("../../dist/jobs/predict.js", import.meta.url).href;
  return device.runJob({ module, name: "predict" }, argument, options);
}

/** The job; call it through `runPrediction`. */
export async function predict(
  context: JobContext,
  { order, programs }: PredictArgument,
): Promise<TensorMap> {
  const results: Record<string, HostTensor> = {};
  await forEachRun(context, order, programs, async ({ executable, program, rows, offset }) => {
    const outputs = await executable.run({ rows });
    for (const [name, value] of Object.entries(outputs)) {
      if (value.shape[0] !== program.rowsPerStep) {
        throw new UsageError(
          `predict: output "${name}" must have one row per input row, got ${value.shape[0] ?? "none"} for ${program.rowsPerStep}`,
        );
      }
      const target = (results[name] ??= emptyLike(value, order.length));
      target.data.set(value.data, offset * sizeOf(value.shape.slice(1)));
    }
  });
  return results;
}

function emptyLike(value: HostTensor, rows: number): HostTensor {
  const shape = [rows, ...value.shape.slice(1)];
  return { dtype: value.dtype, shape, data: allocate(value.dtype, sizeOf(shape)) };
}
