// The plan of a run: one entry per trial, each with all that its process needs. Plain data.
import type { DeviceInfo } from "@fastgpu/core";
import type { TrialConfig } from "@fastgpu/results";
import type { Suite, Workload } from "../suite/suite.ts";

/** Everything a run will do, in order. */
export interface Plan {
  readonly suite: Suite;
  readonly seed: number;
  readonly trials: readonly PlannedTrial[];
  /** What the user should know, such as a precision that a workload cannot have. */
  readonly notices: readonly string[];
}

/** One trial: what is recorded of it, and the work behind it. */
export interface PlannedTrial {
  readonly config: TrialConfig;
  readonly workload: Workload;
  /** The backend as it was asked for: a name, or the module specifier of a third-party backend. */
  readonly backend: string;
  readonly device: DeviceInfo;
  /** Training epochs, for `train-to-accuracy`. */
  readonly epochs?: number;
  readonly stepsPerRun?: number | "auto";
  /** Absolute path of the file, for `onnx-model`. */
  readonly modelPath?: string;
}

/** What a caller chooses over the suite; absent = as the suite says. */
export interface PlanOptions {
  readonly backends?: readonly string[];
  readonly devices?: readonly string[];
  readonly precisions?: readonly Workload["matrix"]["precisions"][number][];
  readonly threads?: readonly (number | "auto")[];
  readonly repeats?: number;
  readonly seed?: number;
  /** Names of the workloads to keep. */
  readonly workloads?: readonly string[];
  /** Path of the model file for `onnx-model` workloads that name none. */
  readonly modelPath?: string;
  /** Sizes of symbolic dimensions for `onnx-model` workloads, over those of the suite. */
  readonly dimensions?: Readonly<Record<string, number>>;
  /** Fewer epochs and batch sizes, shorter sampling. */
  readonly isQuick?: boolean;
}
