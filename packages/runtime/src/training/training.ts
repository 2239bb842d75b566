// What an open training can do. The one way in which models train: Model.fit and measured trials both use it.
import type { StateLayout, TensorMap } from "@fastgpu/core";
import type { EpochProgress } from "../jobs/epoch.ts";
import type { DataSetName } from "./training-programs.ts";

/** How a pass over data is watched and stopped. */
export interface PassOptions {
  /** Called about ten times a second. */
  readonly onProgress?: (progress: EpochProgress) => void;
  /** Aborting ends the pass after the run in progress; what was done so far counts. */
  readonly signal?: AbortSignal;
  /** Longest time of the pass in ms; default: no limit but that of a process that stops answering. */
  readonly timeoutMs?: number;
}

/** What a pass over the training data came to. */
export interface TrainedEpoch {
  /** Mean loss of the steps as they were made, weighted by their rows, penalties included. */
  readonly loss: number;
  /** The objective's metrics over all rows, as the model was when it saw them. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Loss of every step in order. */
  readonly losses: Float32Array;
  /** Rows that were used. */
  readonly rows: number;
  /** From before the first run to after the last sync, ns. */
  readonly durationNs: number;
  /** False if it was stopped before its end. */
  readonly isComplete: boolean;
}

/** What an evaluation came to. */
export interface Evaluated {
  /** Mean loss over all rows, without penalties. */
  readonly loss: number;
  /** The objective's metrics; with several outputs also the loss of each, as `<output>/loss`. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly durationNs: number;
  readonly isComplete: boolean;
}

/** A model in training on a device. Calls may overlap; the device runs them in the order they were made. */
export interface Training {
  /** Steps that one run makes. */
  readonly stepsPerRun: number;
  /** Where the parameters live in the device's state. */
  readonly layout: StateLayout;
  /** Rows of the training data. */
  readonly rows: number;
  /**
   * Trains on rows of the training data, in this order, each as often as it is named.
   *
   * @param order - row numbers, each in [0, rows)
   * @throws {UsageError} for a row that does not exist or an empty order
   */
  epoch(order: Int32Array, options?: PassOptions): Promise<TrainedEpoch>;
  /** Measures the model as it is now, without changing it. @throws {UsageError} if there is no such data set */
  evaluate(set: DataSetName, options?: PassOptions): Promise<Evaluated>;
  /** Everything that training changes, by parameter name: parameters, statistics, optimizer state, step, ... */
  readState(): Promise<TensorMap>;
  /** Overwrites what `readState` gives, all of it or whole parameters. */
  writeState(values: TensorMap): Promise<void>;
  /** Frees state and programs; the device stays open. */
  dispose(): Promise<void>;
}
