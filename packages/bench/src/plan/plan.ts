// The plan of a run: one entry per trial, each with all that its process needs. Plain data.
import type { DeviceInfo, NamedConfig, TensorMap } from "@fastgpu/core";
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
  /** Absolute path of the file, for kind `model`. */
  readonly modelPath?: string;
  /** Engine settings beyond the engine's own choice; part of the configuration's key through `config.options`. */
  readonly engine?: Readonly<Record<string, string | number | boolean>>;
  /** When the trial may end early; absent = never. */
  readonly race?: TrialRace;
  /** Optimizer of a training; absent = the model's own. Part of the configuration's key through `config.options`. */
  readonly optimizer?: NamedConfig;
  /** Parameters of an inference; absent = initial ones. With them the accuracy on the held-back rows is measured too. */
  readonly weights?: TensorMap;
}

/** What a trial must beat or keep; it ends as soon as it is sure that it does not. */
export interface TrialRace {
  /** On a quantile (above 0, below 1) of the time of an iteration, or of that time divided by its batch items. */
  readonly limits: readonly {
    readonly quantile: number;
    readonly aboveNs: number;
    readonly per: "iteration" | "sample";
  }[];
  /** Chance of ending a trial that keeps all its limits. */
  readonly error: number;
  /** For `train-to-accuracy`: no further epoch once its epochs took this long, ns. */
  readonly trainingNs?: number;
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
  /** Path of the model file for `model` workloads that name none. */
  readonly modelPath?: string;
  /** Sizes of symbolic dimensions for `model` workloads, over those of the suite. */
  readonly dimensions?: Readonly<Record<string, number>>;
  /** Fewer epochs and batch sizes, shorter sampling. */
  readonly isQuick?: boolean;
}
