// What `compile` takes, and how it becomes the objective that the core understands.
import {
  precisionPolicies,
  UsageError,
  type JsonObject,
  type Precision,
  type TrainOptions,
} from "@fastgpu/core";
import type { TrainingRequest } from "@fastgpu/runtime";
import { checkOptionNames, type NamesOf } from "./known-options.ts";

/** Names of optimizers. */
export type OptimizerName =
  "sgd" | "momentum" | "nesterov" | "adagrad" | "rmsprop" | "adam" | "adamw" | "lamb" | "lion";

/** Names of learning-rate schedules; `{ name: "cosine", initial: 0.01, steps: 1000 }`. Steps count batches. */
export type ScheduleName =
  | "constant"
  | "step"
  | "piecewise"
  | "exponential"
  | "cosine"
  | "polynomial"
  | "oneCycle"
  | "warmup";

/** Names of losses. */
export type LossName =
  | "mse"
  | "meanSquaredError"
  | "mae"
  | "meanAbsoluteError"
  | "huber"
  | "binaryCrossentropy"
  | "categoricalCrossentropy"
  | "sparseCategoricalCrossentropy"
  | "hinge"
  | "squaredHinge"
  | "categoricalHinge"
  | "klDivergence"
  | "cosineSimilarity";

/** A part by name with its options: `{ name: "huber", delta: 2 }`. */
export type Configured<Name extends string> = JsonObject & { readonly name: Name };

/** An optimizer by name, or with its options; `learningRate` is a number or a schedule. */
export type OptimizerOption =
  | OptimizerName
  | (Configured<OptimizerName> & {
      readonly learningRate?: number | Configured<ScheduleName>;
    });

/** A loss by name, or with its options. */
export type LossOption = LossName | Configured<LossName>;

/** Names of metrics. */
export type MetricName =
  | "accuracy"
  | "binaryAccuracy"
  | "categoricalAccuracy"
  | "sparseCategoricalAccuracy"
  | "topK"
  | "topKAccuracy"
  | "precision"
  | "recall"
  | "f1"
  | "auc"
  | "mae"
  | "meanAbsoluteError"
  | "mse"
  | "meanSquaredError"
  | "rmse"
  | "rootMeanSquaredError"
  | "r2";

/** A metric by name, or with its options: `"accuracy"`, `{ name: "topK", k: 3 }`. */
export type MetricOption = MetricName | Configured<MetricName>;

/** Options of `Model.compile`. */
export interface CompileOptions {
  /**
   * Default adam. `"auto"`: the first `fit` begins with a short race of optimizers, learning rates, schedules and weight
   * decays on the validation loss (that of the training rows if there are none), seeded; `placement` says what won.
   */
  readonly optimizer?: OptimizerOption | "auto";
  /** One for every output, or one by output name. */
  readonly loss: LossOption | Readonly<Record<string, LossOption>>;
  /** Weight of each output's loss in the sum, by output name; default 1. */
  readonly lossWeights?: Readonly<Record<string, number>>;
  /** For every output, or by output name; default none. */
  readonly metrics?: readonly MetricOption[] | Readonly<Record<string, readonly MetricOption[]>>;
  /** Bounds gradients by element, by parameter or all together; bound > 0. */
  readonly clip?: TrainOptions["clip"];
  /** Keeps a moving average of the parameters beside them: average = decay average + (1 - decay) parameter. */
  readonly ema?: { readonly decay: number };
  /**
   * A backend by name (`"onnx"`) or module specifier; a list of them, or `"auto"` for all that are installed: the
   * fastest of those that can run the model is taken, found by measured steps. Default `"auto"`.
   */
  readonly backend?: string | readonly string[];
  /** Device id as `fastgpu-bench devices` lists it; default: the backend's first. */
  readonly device?: string;
  /** Engine of a backend that has several, such as `wasm` of `tfjs`; its devices are called so. */
  readonly engine?: string;
  /**
   * Settings of the engine by name, checked by the backend: `{ kernelMethod: "plain" }`. For one named backend; they come
   * before those of a tuned file.
   */
  readonly engineSettings?: Readonly<Record<string, string | number | boolean>>;
  /** Threads the engine computes with, >= 1; default: the engine's choice. */
  readonly threads?: number;
  /** f32 (the default), mixed or f16. */
  readonly precision?: Precision;
  /** Steps that one run of the engine makes, >= 1; `"auto"` (the default) decides by the size of a step. */
  readonly stepsPerRun?: number | "auto";
  /** Seed of initial parameters and dropout masks, an integer of 32 bits; default 0. */
  readonly seed?: number;
  /**
   * A file that `fastgpu-bench tune` wrote for this model: backend, device, threads, precision, steps per run and engine
   * settings are taken from it where they are not given here. It is refused if it is of another model, machine or engine;
   * with `allowOther` another machine or engine is accepted, and `placement` says how they differ.
   */
  readonly tuned?: string | { readonly file: string; readonly allowOther?: boolean };
}

/** What is trained towards, as the core takes it. */
export type Objective = TrainingRequest["objective"];

const optionNames: NamesOf<CompileOptions> = {
  optimizer: true,
  loss: true,
  lossWeights: true,
  metrics: true,
  clip: true,
  ema: true,
  backend: true,
  device: true,
  engine: true,
  engineSettings: true,
  threads: true,
  precision: true,
  stepsPerRun: true,
  seed: true,
  tuned: true,
};

/**
 * The objective that options describe; its parts are checked when a program is built.
 *
 * @throws {UsageError} for an option that is not one, or a seed that is no integer
 */
export function objectiveOf(options: CompileOptions): Objective {
  checkOptionNames("compile", options, optionNames);
  const { precision = "f32" } = options;
  if (!Object.hasOwn(precisionPolicies, precision)) {
    const names = Object.keys(precisionPolicies).join(", ");
    throw new UsageError(`compile: precision must be one of ${names}, got "${precision}"`);
  }
  if (options.device !== undefined && options.engine !== undefined) {
    throw new UsageError(
      `compile: one of device and engine must be given, got "${options.device}" and "${options.engine}"`,
    );
  }
  const { backend = "auto", engineSettings, tuned } = options;
  const isOne = typeof backend === "string" && backend !== "auto";
  if (engineSettings !== undefined && !isSettings(engineSettings)) {
    throw new UsageError(
      `compile: engineSettings must be an object of names and values, got ${JSON.stringify(engineSettings)}`,
    );
  }
  if (engineSettings !== undefined && tuned === undefined && !isOne) {
    const given = typeof backend === "string" ? backend : backend.join(", ");
    throw new UsageError(
      `compile: engineSettings must come with one backend, as engines do not share them, got ${given}`,
    );
  }
  if (!Number.isSafeInteger(options.seed ?? 0)) {
    throw new UsageError(`compile: seed must be an integer, got ${options.seed ?? "none"}`);
  }
  const { optimizer = "adam", loss, lossWeights, metrics, clip, ema } = options;
  return {
    // Until it is chosen, for everything that depends on an optimizer being there at all.
    optimizer: optimizer === "auto" ? "adam" : optimizer,
    loss: isPerOutput(loss) ? { outputs: loss } : loss,
    ...(lossWeights === undefined ? {} : { lossWeights }),
    ...(metrics === undefined ? {} : { metrics: metricsOf(metrics) }),
    ...(clip === undefined ? {} : { clip }),
    ...(ema === undefined ? {} : { ema }),
  };
}

function isPerOutput(loss: CompileOptions["loss"]): loss is Readonly<Record<string, LossOption>> {
  return typeof loss === "object" && typeof loss["name"] !== "string";
}

function metricsOf(
  metrics: NonNullable<CompileOptions["metrics"]>,
): NonNullable<Objective["metrics"]> {
  return isList(metrics) ? metrics : { outputs: metrics };
}

function isList(
  metrics: NonNullable<CompileOptions["metrics"]>,
): metrics is readonly MetricOption[] {
  return Array.isArray(metrics);
}

/** What a program without types may have given. */
function isSettings(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
