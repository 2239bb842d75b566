// What a training on a device is asked to do. Plain data but for nothing: it can be printed, stored and sent.
import type { ModelSpec, Precision, TensorMap, TrainOptions } from "@fastgpu/core";

/** Rows and targets by port name: `x` (or `x/<layer>`) and `y` (or `y/<output>`), each [rows, ...]. */
export type TrainingData = TensorMap;

/** Parts of a training that are fixed when it is opened. */
export interface TrainingRequest {
  readonly model: ModelSpec;
  /** Loss, metrics, optimizer, clipping and the like, as for `trainStep`. */
  readonly objective: Omit<
    TrainOptions,
    "batch" | "isMasked" | "lossScaling" | "precision" | "seed"
  >;
  /** Rows per step, >= 1; the last step of an epoch takes the rows that are left. */
  readonly batchSize: number;
  readonly data: { readonly train: TrainingData; readonly validation?: TrainingData };
  /**
   * Steps that one run of the engine makes, >= 1. `auto`, the default: 10 where a step is so small that the cost of a
   * run shows, else 1. The result is the same but for rounding.
   */
  readonly stepsPerRun?: number | "auto";
  /** Default `f32`. */
  readonly precision?: Precision;
  /** Seed of initial parameters and dropout masks, any integer; default 0. */
  readonly seed?: number;
  /** Values by parameter or slot name that replace the initial ones, such as those `readState` gave. */
  readonly initialState?: TensorMap;
  /**
   * Data sets of at most this many bytes are placed on the device; larger ones are sent batch by batch. Default 1 GiB.
   */
  readonly residentLimitBytes?: number;
}

/** Below this size, small parameters share tensors: an engine pays for each tensor that enters or leaves a run. */
export const defaultPackBelowElements = 16_384;

/** Data beyond it is sent batch by batch, in bytes. */
export const defaultResidentLimitBytes: number = 2 ** 30;
