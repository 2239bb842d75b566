// A loaded suite: checked, with every default filled in and every path absolute. Plain data.
import type { ModelSpec, NamedConfig, Precision } from "@fastgpu/core";
import type { Margins } from "@fastgpu/results";
import type {
  DataSetFile,
  InferenceFile,
  ModelInferenceFile,
  QuickFile,
  TrainStepFile,
  TrainToAccuracyFile,
  TuneFile,
} from "./suite-file.ts";

/** What to measure. */
export interface Suite {
  readonly name: string;
  readonly description: string;
  readonly seed: number;
  /** Absolute path of the file; absent for a shipped suite. */
  readonly path?: string;
  /** Lower-case hex SHA-256 of everything below and above but the path. */
  readonly hash: string;
  readonly data: Readonly<Record<string, DataSetFile>>;
  readonly models: Readonly<Record<string, SuiteModel>>;
  readonly workloads: readonly Workload[];
  /** What to tune it for, if it says so. Not part of the hash: it changes nothing of the work. */
  readonly tune?: Tune;
}

/** The tune section as it stands in the file, and where, for messages. */
export interface Tune extends TuneFile {
  /** `file:line:column` by the path of a part, as in `parameters.threads`, `constraints.0`. */
  readonly places: Readonly<Record<string, string>>;
}

/** A model with what it takes to train it. */
export interface SuiteModel {
  readonly spec: ModelSpec;
  readonly loss?: NamedConfig;
  readonly optimizer: NamedConfig;
  readonly metrics: readonly NamedConfig[];
}

/** Something to measure, with its own matrix and sampling. */
export type Workload = (
  | Defaulted<TrainToAccuracyFile, "batchSizes" | "stepsPerRun">
  | Defaulted<TrainStepFile, "batchSizes" | "stepsPerRun">
  | Defaulted<InferenceFile, "batchSizes">
  | (ModelInferenceFile & { readonly kind: "model" })
) & {
  readonly matrix: Matrix;
  readonly sampling: Sampling;
  readonly quick: QuickFile;
  readonly compare: Gate;
  /** `file:line:column` in the suite, for messages. */
  readonly where: string;
};

type Defaulted<T, K extends keyof T> = T & Required<Pick<T, K>>;

/** Choices of which every combination is a trial. */
export interface Matrix {
  readonly backends: readonly string[];
  /** Ids as listed by `devices`, or `default` for a backend's first. */
  readonly devices: readonly string[];
  readonly precisions: readonly Precision[];
  readonly threads: readonly (number | "auto")[];
  readonly repeats: number;
}

/** What a comparison allows. */
export interface Gate {
  readonly margins: Margins;
  /** Relative growth of a counter that is allowed, at least 0. */
  readonly counterMargin: number;
}

/** How long to measure. */
export interface Sampling {
  readonly minIterations: number;
  readonly minElapsedNs: number;
  readonly maxElapsedNs: number;
  readonly maxWarmupNs: number;
  readonly maxWarmupIterations: number;
  readonly trialTimeoutMs: number;
}
