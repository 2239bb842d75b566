// Other processes that compute on a GPU make every number about them too: a run that would measure there is refused,
// unless the user insists. Processes that only draw a desktop are not among them.
import { MeasurementError } from "@fastgpu/core";
import type { ProgressListener } from "@fastgpu/results";
import { gpuNumber } from "../conditions/monitor.ts";
import { gpuProcesses, type GpuProcess } from "../conditions/nvidia-smi.ts";
import type { PlannedTrial } from "../plan/plan.ts";

/** How strict to be. */
export interface ForeignOptions {
  readonly isForced?: boolean;
  readonly onProgress?: ProgressListener;
}

/**
 * Looks at every GPU of a run.
 *
 * @returns Processes to put up with, by `backend device`; none without `isForced`.
 * @throws {MeasurementError} naming the processes and the way out
 */
export async function checkForeignProcesses(
  trials: readonly PlannedTrial[],
  { isForced = false, onProgress }: ForeignOptions,
): Promise<ReadonlyMap<string, readonly GpuProcess[]>> {
  const tolerated = new Map<string, readonly GpuProcess[]>();
  for (const { config, device } of trials) {
    const key = `${config.backend} ${config.device}`;
    const gpu = gpuNumber(device);
    if (gpu === undefined || tolerated.has(key)) continue;
    const processes = (await gpuProcesses(gpu)) ?? [];
    tolerated.set(key, processes);
    if (processes.length === 0) continue;
    const names = processes.map(({ pid, name }) => `${pid} ${name}`).join(", ");
    const rule = `device ${config.backend}/${config.device}: no other process may compute on the GPU`;
    if (!isForced) {
      throw new MeasurementError(
        `${rule}, got ${names}; end them, or measure all the same with --force`,
      );
    }
    onProgress?.({
      kind: "notice",
      level: "warning",
      message: `${rule}, got ${names}; measured all the same`,
    });
  }
  return tolerated;
}
