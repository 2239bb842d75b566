// Opens a training on a device: one state that holds the model, the optimizer and the data, and the programs on it.
import {
  finishMetrics,
  packState,
  sumCount,
  unpackState,
  UsageError,
  type TensorMap,
} from "@fastgpu/core";
import { runEpoch, type EpochResult } from "../jobs/epoch.ts";
import type { RemoteDevice, RemoteState } from "../remote-device.ts";
import { chooseStepsPerRun } from "./steps-per-run.ts";
import { defaultResidentLimitBytes, type TrainingRequest } from "./request.ts";
import { streamEpoch } from "./stream-epoch.ts";
import type { Evaluated, PassOptions, TrainedEpoch, Training } from "./training.ts";
import { checkData, type CheckedData } from "./training-data.ts";
import {
  dataSlot,
  planPrograms,
  type DataSetName,
  type TrainingPrograms,
} from "./training-programs.ts";
import { ProgramCache } from "./program-cache.ts";

/** Rows of one evaluation run: enough that the cost of a run does not show, few enough to stay in the cache. */
const evaluationBatch = 512;

/**
 * Places model, optimizer and data on a device and prepares the programs.
 *
 * @throws {UsageError} for data that does not suit the model, unknown names, or values out of range
 * @throws {ModelError} if the model is inconsistent or does not suit its loss
 */
export async function openTraining(
  device: RemoteDevice,
  request: TrainingRequest,
): Promise<Training> {
  if (!Number.isSafeInteger(request.batchSize) || request.batchSize < 1) {
    throw new UsageError(`batchSize: must be an integer >= 1, got ${request.batchSize}`);
  }
  const programs = planPrograms(request);
  const { train, validation } = request.data;
  const sets = {
    train: checkData("train", train, programs.step(request.batchSize)),
    ...(validation === undefined
      ? {}
      : { validation: checkData("validation", validation, programs.evaluation(1)) }),
  };
  const stepsPerRun = chooseStepsPerRun(
    request.stepsPerRun ?? "auto",
    programs.step(request.batchSize),
    Math.floor(sets.train.rows / request.batchSize),
  );
  const resident = chooseResident(sets, request.residentLimitBytes ?? defaultResidentLimitBytes);
  const state = await device.createState({ ...programs.initialState, ...residentSlots(resident) });
  return new DeviceTraining(device, state, { programs, sets, resident, stepsPerRun, request });
}

type DataSets = Readonly<Partial<Record<DataSetName, CheckedData>>> & {
  readonly train: CheckedData;
};

/** The data sets that fit on the device, the training data first. */
function chooseResident(
  sets: DataSets,
  limitBytes: number,
): Partial<Record<DataSetName, CheckedData>> {
  const chosen: Partial<Record<DataSetName, CheckedData>> = {};
  let left = limitBytes;
  for (const name of ["train", "validation"] as const) {
    const set = sets[name];
    if (set === undefined || set.sizeBytes > left) continue;
    left -= set.sizeBytes;
    chosen[name] = set;
  }
  return chosen;
}

function residentSlots(resident: Partial<Record<DataSetName, CheckedData>>): TensorMap {
  return Object.fromEntries(
    Object.entries(resident).flatMap(([set, { tensors }]) =>
      Object.entries(tensors).map(([port, value]) => [dataSlot(set as DataSetName, port), value]),
    ),
  );
}

interface Parts {
  readonly programs: TrainingPrograms;
  readonly sets: DataSets;
  readonly resident: Partial<Record<DataSetName, CheckedData>>;
  readonly stepsPerRun: number;
  readonly request: TrainingRequest;
}

class DeviceTraining implements Training {
  readonly stepsPerRun: number;
  readonly layout: Training["layout"];
  readonly rows: number;
  private readonly device: RemoteDevice;
  private readonly state: RemoteState;
  private readonly parts: Parts;
  private readonly cache: ProgramCache;

  constructor(device: RemoteDevice, state: RemoteState, parts: Parts) {
    this.device = device;
    this.state = state;
    this.parts = parts;
    this.stepsPerRun = parts.stepsPerRun;
    this.layout = parts.programs.layout;
    this.rows = parts.sets.train.rows;
    this.cache = new ProgramCache(device, state, parts.programs, parts.resident);
  }

  async epoch(order: Int32Array, options: PassOptions = {}): Promise<TrainedEpoch> {
    checkOrder(order, this.rows);
    const { batchSize } = this.parts.request;
    const { trainReport } = this.parts.programs;
    const result = await this.pass("train", "train", order, batchSize, this.stepsPerRun, options);
    const rows = result.stepRows.reduce((sum, count) => sum + count, 0);
    const total = result.losses.reduce((sum, loss, i) => sum + loss * (result.stepRows[i] ?? 0), 0);
    return {
      loss: total / rows,
      metrics: trainReport.length === 0 ? {} : finishMetrics(trainReport, result.metricSums),
      losses: result.losses,
      rows,
      durationNs: result.durationNs,
      isComplete: result.isComplete,
    };
  }

  async evaluate(set: DataSetName, options: PassOptions = {}): Promise<Evaluated> {
    const data = this.parts.sets[set];
    if (data === undefined) {
      throw new UsageError(
        `evaluate: data set must be given when a training is opened, got no ${set} data`,
      );
    }
    const order = Int32Array.from({ length: data.rows }, (_, row) => row);
    const batch = Math.min(data.rows, evaluationBatch);
    const result = await this.pass("evaluation", set, order, batch, 1, options);
    const metrics = finishMetrics(this.parts.programs.evalReport, result.metricSums);
    const { loss = this.weighLosses(metrics), ...rest } = metrics;
    return { loss, metrics: rest, durationNs: result.durationNs, isComplete: result.isComplete };
  }

  async readState(): Promise<TensorMap> {
    return unpackState(this.layout, await this.state.read(this.parts.programs.slots));
  }

  async writeState(values: TensorMap): Promise<void> {
    await this.state.write(packState(this.layout, values));
  }

  async dispose(): Promise<void> {
    await this.cache.dispose();
    await this.state.dispose();
  }

  private async pass(
    kind: "train" | "evaluation",
    set: DataSetName,
    order: Int32Array,
    batch: number,
    steps: number,
    options: PassOptions,
  ): Promise<EpochResult> {
    const { resident, sets, programs } = this.parts;
    if (options.signal?.aborted === true) return nothingDone(kind, programs);
    const hasMetrics = kind === "evaluation" || programs.trainReport.length > 0;
    if (resident[set] === undefined) {
      const tensors = sets[set]?.tensors ?? {};
      const compile = (rows: number) => this.cache.streamed(kind, rows);
      return streamEpoch({ order, tensors, batch, hasMetrics, compile }, options);
    }
    const runs = await this.cache.runs(kind, set, order.length, batch, steps);
    return runEpoch(this.device, { order, programs: runs, hasMetrics }, options);
  }

  /** The total of several outputs: their mean losses, weighted as the objective says. */
  private weighLosses(metrics: Readonly<Record<string, number>>): number {
    const { model, objective } = this.parts.request;
    return model.outputs.reduce((total, output) => {
      const weight = objective.lossWeights?.[output] ?? 1;
      return total + weight * (metrics[`${output}/loss`] ?? NaN);
    }, 0);
  }
}

function nothingDone(kind: "train" | "evaluation", programs: TrainingPrograms): EpochResult {
  const report = kind === "train" ? programs.trainReport : programs.evalReport;
  return {
    losses: new Float32Array(0),
    stepRows: new Int32Array(0),
    metricSums: new Float64Array(sumCount(report)),
    durationNs: 0,
    isComplete: false,
  };
}

function checkOrder(order: Int32Array, rows: number): void {
  const wrong = order.find((row) => row < 0 || row >= rows);
  if (order.length > 0 && wrong === undefined) return;
  const found = wrong === undefined ? "an empty order" : `row ${wrong}`;
  throw new UsageError(`epoch: the order must name rows in [0, ${rows}), got ${found}`);
}
