// Parameters that a model has learnt, for trials whose accuracy counts: one short training in f32, the same for all.
import type { TensorMap } from "@fastgpu/core";
import { permutation } from "@fastgpu/data";
import { openTraining, type DevicePool } from "@fastgpu/runtime";
import type { PlannedTrial } from "../plan/plan.ts";
import { dataOf, type SuiteData } from "../run/suite-data.ts";
import type { Suite } from "../suite/suite.ts";
import { trainingRequest, type TrainingWorkload } from "./train-program.ts";

const epochs = 2;
const batchSize = 64;

/**
 * Trains the model of an inference trial on the trial's own backend and device.
 *
 * @returns Its parameters by name; undefined if the suite gives the model no loss or the workload no data
 * @throws {FastGpuError} if the device cannot train it
 */
export async function trainWeights(
  trial: PlannedTrial,
  { suite, data, pool }: { suite: Suite; data: SuiteData; pool: Pick<DevicePool, "openDevice"> },
  signal: AbortSignal,
): Promise<TensorMap | undefined> {
  const { workload } = trial;
  if (workload.kind !== "inference" || workload.model === undefined) return undefined;
  const rows = dataOf(workload).flatMap((name) => data.get(name) ?? [])[0];
  if (rows === undefined || suite.models[workload.model]?.loss === undefined) return undefined;
  const { name, model, matrix, sampling, quick, compare, where } = workload;
  const training: TrainingWorkload = {
    ...{ name, model, matrix, sampling, quick, compare, where },
    kind: "train-step",
    batchSizes: [batchSize],
    stepsPerRun: ["auto"],
    ...(workload.data === undefined ? {} : { data: workload.data }),
  };
  const config = { ...trial.config, batchSize, precision: "f32" };
  const request = trainingRequest({
    workload: training,
    suite,
    data: rows,
    trial: { ...trial, config },
    precision: "f32",
  });
  const device = await pool.openDevice({ backend: trial.backend, device: trial.device, signal });
  try {
    const opened = await openTraining(device, request);
    for (let epoch = 1; epoch <= epochs; epoch++) {
      await opened.epoch(permutation(opened.rows, config.seed, epoch));
    }
    return await opened.readState();
  } finally {
    await device.dispose();
  }
}
