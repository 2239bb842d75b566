// The public index of the user API: `import * as fg from "fastgpu"`. It wires core, data and runtime together and owns no
// numerics.
import * as callbacks from "./callbacks/index.ts";
import * as layers from "./layers/index.ts";

export { callbacks, layers };
export { Model } from "./model.ts";
export type { ModelOptions, Placement, SaveOptions } from "./model-options.ts";
export type { ExportFormat } from "./export/artifacts.ts";
export type { ExportOptions } from "./export/export-model.ts";
export { loadModel, type LoadModelOptions } from "./load-model.ts";
export { input, type InputOptions } from "./layers/basic.ts";
export type { Layer } from "./layers/layer.ts";
export type { SymbolicTensor } from "./layers/symbolic-tensor.ts";
export type {
  ActivationName,
  ActivationOption,
  InitializerName,
  InitializerOption,
  LayerOptions,
  RegularizerOption,
} from "./layers/options.ts";
export type {
  CompileOptions,
  LossName,
  LossOption,
  MetricName,
  MetricOption,
  OptimizerName,
  OptimizerOption,
  ScheduleName,
} from "./compile-options.ts";
export type { FitOptions } from "./fit.ts";
export type { Callback, FitProgress, TrainingRun } from "./callbacks/callback.ts";
export {
  History,
  type EpochRecord,
  type Evaluation,
  type Logs,
  type StopReason,
} from "./history.ts";
export { Predictions, type NestedArray } from "./predictions.ts";
export type { Examples, Inputs, PerPort } from "./data/examples.ts";
export type { NestedNumbers, NumberArray, TensorLike } from "./data/to-tensor.ts";
export type { RaceEntry } from "./race.ts";
export {
  BackendUnavailableError,
  DataError,
  FastGpuError,
  ModelError,
  ShapeError,
  tensor,
  tensorFrom,
  UnsupportedOpError,
  UsageError,
  type DType,
  type HostTensor,
  type ModelSpec,
  type Precision,
  type Shape,
  type TensorMap,
} from "@fastgpu/core";
export {
  BackendCrashedError,
  BackendTimeoutError,
  CancelledError,
  EngineError,
  OutOfMemoryError,
} from "@fastgpu/runtime";
export {
  Dataset,
  fitNormaliser,
  loadData,
  loadMnist,
  normalise,
  oneHot,
  readCsv,
  readIdxDataset,
  readJsonLines,
  type DatasetSplit,
  type LoadDataOptions,
  type MnistOptions,
  type Normaliser,
  type SplitOptions,
} from "@fastgpu/data";
