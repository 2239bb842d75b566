// The subpath `@fastgpu/core/reference`: the float64 interpreter and what tests of ops, layers and backends need.
export {
  evaluate,
  evaluateNode,
  toReference,
  toReferences,
  type Evaluation,
  type RefMap,
} from "./evaluate.ts";
export {
  checkGradient,
  gradientGraph,
  type GradientCheckOptions,
  type GradientFault,
  type GradientReport,
} from "./gradient-check.ts";
export { evaluateOp, parseType, programOf, refTensor, type Formula } from "./program.ts";
export { sampleInputs, sampleState, sampleTensor, type SampleRange } from "./sample.ts";
