// Opens every model file of a run once before the first trial: a file that is cut off, hostile or of another shape than
// the suite says is the user's to mend and no outcome of a trial.
import { DataError, FastGpuError, type ErrorCode } from "@fastgpu/core";
import type { DevicePool } from "@fastgpu/runtime";
import type { PlannedTrial } from "../plan/plan.ts";
import { openModelFile, type ModelFileWorkload } from "../trial/model-file.ts";

/** Codes that speak of the file or the suite, whatever the backend. */
const inputCodes: readonly ErrorCode[] = ["DATA", "SUITE", "USAGE"];
/** Codes that a file causes in an engine: it refuses the file, lacks an operator, or dies of it. */
const engineCodes: readonly ErrorCode[] = ["ENGINE", "UNSUPPORTED_OP", "DEVICE_LOST"];

/**
 * Checks the model files of a run, each on the first backend that is to run it.
 *
 * @throws {DataError} naming the file, if it cannot be opened or its inputs and expected outputs do not suit it; what
 *   only one of several backends refuses is left to the trials
 */
export async function checkModelFiles(
  trials: readonly PlannedTrial[],
  pool: Pick<DevicePool, "openDevice">,
  signal: AbortSignal,
): Promise<void> {
  const checked = new Set<string>();
  for (const trial of trials) {
    const { workload, modelPath = "" } = trial;
    if (workload.kind !== "model" || checked.has(workload.where + modelPath)) continue;
    checked.add(workload.where + modelPath);
    const isAlone = trials.every(
      (other) => other.workload.where !== workload.where || other.backend === trial.backend,
    );
    try {
      await openOnce(trial, workload, pool, signal);
    } catch (error) {
      if (!(error instanceof FastGpuError)) throw error;
      if (inputCodes.includes(error.code)) throw error;
      if (!isAlone || !engineCodes.includes(error.code)) continue;
      throw new DataError(
        `${modelPath}: model file must open on ${trial.backend}, got: ${error.message}`,
        {
          cause: error,
        },
      );
    }
  }
}

async function openOnce(
  { backend, device, config, modelPath = "" }: PlannedTrial,
  workload: ModelFileWorkload,
  pool: Pick<DevicePool, "openDevice">,
  signal: AbortSignal,
): Promise<void> {
  const opened = await pool.openDevice({ backend, device, signal });
  try {
    await openModelFile(opened, workload, modelPath, config.seed);
  } finally {
    await opened.dispose();
  }
}
