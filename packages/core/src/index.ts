// The public index of the core: graph, ops, autodiff, passes, layers, optimizers and the backend port.
// It knows no engine, no file system and no clock.
export {
  BackendUnavailableError,
  DataError,
  FastGpuError,
  GraphError,
  MeasurementError,
  ModelError,
  NotDifferentiableError,
  ShapeError,
  SuiteError,
  UnsupportedOpError,
  UsageError,
  type ErrorCode,
} from "./errors.ts";
export {
  allocate,
  dtypeBytes,
  dtypes,
  isFloat,
  viewBytes,
  type DType,
  type TensorData,
  type TensorDataOf,
} from "./graph/dtype.ts";
export { formatShape, sameShape, sizeOf, stridesOf, type Shape } from "./graph/shape.ts";
export {
  formatType,
  tensor,
  tensorFrom,
  toNumbers,
  typeBytes,
  type HostTensor,
  type TensorMap,
  type TensorType,
} from "./graph/tensor.ts";
export {
  isOpNode,
  type AttrsOf,
  type CompositeName,
  type Graph,
  type GraphNode,
  type OpName,
  type OpNode,
  type Port,
  type PrimitiveName,
  type StateSlot,
} from "./graph/graph.ts";
export { GraphBuilder } from "./graph/builder.ts";
export type { Emitter, Value } from "./graph/value.ts";
export {
  compositeNames,
  definitionOf,
  isComposite,
  isPrimitive,
  primitiveNames,
} from "./graph/definitions.ts";
export { differentiate, type Differentiated } from "./autodiff/gradients.ts";
export { printGraph, printNode } from "./graph/print.ts";
export { verifyGraph } from "./graph/verify.ts";
export { graphFromJson, graphToJson, type GraphJson, type GraphJsonLimits } from "./graph/json.ts";
export { graphCost, type Cost, type GraphCost } from "./graph/cost.ts";
export { inlineComposites } from "./passes/inline.ts";
export {
  copyNodes,
  copyPorts,
  rewrite,
  type CopyRules,
  type RewriteRule,
} from "./passes/rewrite.ts";
export { eliminateDeadCode } from "./passes/dead-code.ts";
export { mergeCommonSubexpressions } from "./passes/common-subexpressions.ts";
export { foldConstants, type FoldLimits } from "./passes/fold-constants.ts";
export { simplify, simplifyAlgebra } from "./passes/simplify.ts";
export { bindInput, freeze, pruneOutputs } from "./passes/specialize.ts";
export { applyPrecision, castState } from "./precision/apply.ts";
export {
  lossScalingOf,
  precisionPolicies,
  type LossScale,
  type Precision,
  type PrecisionPolicy,
} from "./precision/policy.ts";
export type { TrainingPrecision } from "./precision/forward.ts";
export { quantizeGraph, quantizeWeights } from "./precision/quantize.ts";
export { dataGroup, dataParallel } from "./parallel/data-parallel.ts";
export { CollectiveError, evaluateRanks } from "./parallel/evaluate-ranks.ts";
export { singleDevice } from "./parallel/single-device.ts";
export { splitBatch } from "./parallel/split-batch.ts";
export type {
  ParallelPlan,
  Partition,
  RankProgram,
  Reduce,
  StepOptions,
  StepTemplate,
  Strategy,
} from "./parallel/strategy.ts";
export {
  evaluate,
  toReference,
  toReferences,
  type Evaluation,
  type RefMap,
} from "./reference/evaluate.ts";
export type { RefTensor } from "./ops/op.ts";
export type {
  Backend,
  CompileOptions,
  Counters,
  Device,
  DeviceInfo,
  Diagnosis,
  Executable,
  KernelChoice,
  KernelTiming,
  KernelTuning,
  TunableKernel,
  RunSplit,
  ModelExecutable,
  OpenOptions,
  State,
} from "./backend.ts";
export { DeviceLedger } from "./device/device-ledger.ts";
export { RunQueue } from "./device/run-queue.ts";
export { filledValue, type Filled } from "./graph/filled-value.ts";
export {
  formatPort,
  generatedShapes,
  shapeMismatch,
  type ModelDimension,
  type ModelPort,
} from "./model-file/model-port.ts";
export {
  allocateModelData,
  modelDtypeBytes,
  modelDtypes,
  modelTensor,
  type ModelData,
  type ModelDataOf,
  type ModelDType,
  type ModelTensor,
  type ModelTensorMap,
} from "./model-file/model-tensor.ts";
export type { ConfigReader, JsonObject, JsonValue, NamedConfig } from "./model/config.ts";
export { layerKinds, resolveModel, type LayerSpec, type ModelSpec } from "./model/spec.ts";
export { initialState, lowerModel, parametersOf, type LoweredModel } from "./model/lower.ts";
export type { LowerOptions } from "./model/lower.ts";
export type { ParameterInfo } from "./model/parameters.ts";
export { packState, planLayout, unpackState, type StateLayout } from "./model/layout.ts";
export { addSums, finishMetrics, sumCount, type ReportEntry } from "./metrics/report.ts";
export {
  trainStep,
  type StepHooks,
  type TrainOptions,
  type TrainStep,
} from "./train/train-step.ts";
export { evalStep, predictStep, type EvalOptions, type EvalStep } from "./train/eval-step.ts";
export { initialTrainState } from "./train/initial-state.ts";
export { lossScaleSlots } from "./train/loss-scale.ts";
export { readResidentData, rowsInput, type ResidentTensor } from "./passes/resident-data.ts";
export { unroll, type UnrollOptions } from "./passes/unroll.ts";
