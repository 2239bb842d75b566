// The loop over epochs. Everything heavy happens next to the device; here is what is asked of it, and who is told.
import { UsageError, type TensorMap } from "@fastgpu/core";
import { permutation } from "@fastgpu/data";
import type { Evaluated, TrainedEpoch, Training } from "@fastgpu/runtime";
import type { Callback, FitProgress, TrainingRun } from "./callbacks/callback.ts";
import { progress } from "./callbacks/progress.ts";
import type { Examples } from "./data/examples.ts";
import { checkOptionNames, type NamesOf } from "./known-options.ts";
import { History, type EpochRecord, type Logs, type StopReason } from "./history.ts";

/** Options of `Model.fit`. */
export interface FitOptions {
  /** Passes over the data, >= 1; default 1. */
  readonly epochs?: number;
  /** Rows per step, >= 1; the last step of an epoch takes what is left. Default 32. */
  readonly batchSize?: number;
  /** Judged after every epoch. */
  readonly validationData?: Examples;
  readonly callbacks?: readonly Callback[];
  /** A new order in every epoch; default true. */
  readonly shuffle?: boolean;
  /** Seed of the order, an integer of 32 bits; default: that of `compile`. The order hangs on it and the epoch alone. */
  readonly seed?: number;
  /** Prints a line per epoch to stderr; default: if stderr is a terminal. */
  readonly verbose?: boolean;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: FitProgress) => void;
  /** Aborting ends the training after the run in progress; the model stays as it is then. */
  readonly signal?: AbortSignal;
}

/** What the loop works on. */
export interface FitTask {
  readonly training: Training;
  readonly hasValidation: boolean;
  /** Epochs the model has been trained for before. */
  readonly epochsBefore: number;
  /** Seed of the order of rows. */
  readonly seed: number;
  /** Told when an epoch is done and counts. */
  readonly epochDone: () => void;
  readonly save: (folder: string) => Promise<void>;
}

const optionNames: NamesOf<FitOptions> = {
  epochs: true,
  batchSize: true,
  validationData: true,
  callbacks: true,
  shuffle: true,
  seed: true,
  verbose: true,
  onProgress: true,
  signal: true,
};

/** @throws {UsageError} if an option is not one or out of range */
export function checkFitOptions(options: FitOptions): void {
  checkOptionNames("fit", options, optionNames);
  const { epochs = 1, seed = 0, callbacks = [] } = options;
  if (!Array.isArray(callbacks)) {
    throw new UsageError(`fit: callbacks must be a list, got ${typeof callbacks}`);
  }
  if (!Number.isSafeInteger(epochs) || epochs < 1) {
    throw new UsageError(`fit: epochs must be an integer >= 1, got ${epochs}`);
  }
  if (!Number.isSafeInteger(seed))
    throw new UsageError(`fit: seed must be an integer, got ${seed}`);
}

/** Trains. Errors of callbacks end it and are thrown. */
export async function runFit(task: FitTask, options: FitOptions): Promise<History> {
  const { epochs = 1, signal } = options;
  const callbacks = callbacksOf(options);
  const records: EpochRecord[] = [];
  let stopDetail: string | undefined;
  const run: TrainingRun = {
    firstEpoch: task.epochsBefore + 1,
    lastEpoch: task.epochsBefore + epochs,
    stop: (detail) => {
      stopDetail ??= detail;
    },
    readState: () => task.training.readState(),
    writeState: (state: TensorMap) => task.training.writeState(state),
    save: task.save,
  };
  for (const callback of callbacks) await callback.onTrainStart?.(run);
  let stopReason: StopReason = "completed";
  for (let epoch = run.firstEpoch; epoch <= run.lastEpoch; epoch++) {
    const record = await runEpoch(task, epoch, options, (state) => {
      for (const callback of callbacks) callback.onProgress?.(state, run);
    });
    if (record !== undefined) {
      records.push(record);
      for (const callback of callbacks) await callback.onEpochEnd?.(record, run);
    }
    if (record === undefined || signal?.aborted === true) stopReason = "aborted";
    else if (stopDetail !== undefined) stopReason = "stopped";
    if (stopReason !== "completed") break;
  }
  const history = new History(records, stopReason, stopDetail);
  for (const callback of callbacks) await callback.onTrainEnd?.(history, run);
  return history;
}

function callbacksOf({ callbacks = [], verbose, onProgress }: FitOptions): readonly Callback[] {
  const isVerbose = verbose ?? process.stderr.isTTY;
  return [
    ...callbacks,
    ...(isVerbose ? [progress()] : []),
    ...(onProgress === undefined ? [] : [{ onProgress }]),
  ];
}

/** One epoch and its validation; undefined if it was aborted. */
async function runEpoch(
  task: FitTask,
  epoch: number,
  options: FitOptions,
  onProgress: (progress: FitProgress) => void,
): Promise<EpochRecord | undefined> {
  const { training } = task;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  // Streams of one seed never overlap: epoch e, counted from 0, is stream e + 1, as in `batches`.
  const order =
    options.shuffle === false
      ? Int32Array.from({ length: training.rows }, (_, row) => row)
      : permutation(training.rows, task.seed >>> 0, epoch);
  const trained = await training.epoch(order, {
    ...signal,
    onProgress: (state) => {
      onProgress({ epoch, ...state });
    },
  });
  if (!trained.isComplete) return undefined;
  task.epochDone();
  const judged = task.hasValidation ? await training.evaluate("validation") : undefined;
  return recordOf(epoch, trained, judged);
}

function recordOf(epoch: number, trained: TrainedEpoch, judged?: Evaluated): EpochRecord {
  const { durationNs, rows } = trained;
  return {
    epoch,
    logs: { ...logsOf(trained), ...(judged === undefined ? {} : prefixed(logsOf(judged))) },
    stepLosses: trained.losses,
    trainDurationNs: durationNs,
    validationDurationNs: judged?.durationNs ?? 0,
    rowsPerSecond: rows / (durationNs / 1e9),
  };
}

function logsOf({ loss, metrics }: Pick<Evaluated, "loss" | "metrics">): Logs {
  return { loss, ...metrics };
}

function prefixed(logs: Logs): Logs {
  return Object.fromEntries(Object.entries(logs).map(([name, value]) => [`val_${name}`, value]));
}
