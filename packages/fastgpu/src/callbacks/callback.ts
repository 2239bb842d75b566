// The contract of a callback: what `fit` tells it and what it may do.
import type { TensorMap } from "@fastgpu/core";
import type { EpochRecord, History } from "../history.ts";

/** Where an epoch is. Reported about ten times a second. */
export interface FitProgress {
  readonly epoch: number;
  readonly rowsDone: number;
  readonly rowsTotal: number;
  /** Loss of the latest step. */
  readonly loss: number;
}

/** The training that a callback is told about. */
export interface TrainingRun {
  /** Number of the first epoch, from 1 for a new model. */
  readonly firstEpoch: number;
  /** Number of the last epoch that was asked for. */
  readonly lastEpoch: number;
  /** Ends the training after this epoch. */
  stop(detail: string): void;
  /** Everything that training changes, by name. */
  readState(): Promise<TensorMap>;
  /** Puts back what `readState` gave. */
  writeState(state: TensorMap): Promise<void>;
  /** Saves the model as it is now; see `Model.save`. */
  save(folder: string): Promise<void>;
}

/** Something that watches a training. All members are optional; promises are waited for, errors end the training. */
export interface Callback {
  /** Before the first epoch. */
  onTrainStart?(run: TrainingRun): void | Promise<void>;
  /** About ten times a second within an epoch. Must be quick. */
  onProgress?(progress: FitProgress, run: TrainingRun): void;
  /** After every epoch and its validation. */
  onEpochEnd?(record: EpochRecord, run: TrainingRun): void | Promise<void>;
  /** After the last epoch, also if the training was stopped, but not if it failed. */
  onTrainEnd?(history: History, run: TrainingRun): void | Promise<void>;
}
