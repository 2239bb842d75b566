// The public index of the conformance suite: cases, tolerances and the runner.
// It contains no backend.
export {
  runConformance,
  type CaseOutcome,
  type ConformanceOptions,
  type ConformanceReport,
  type Skip,
} from "./run-conformance.ts";
export { conformanceCases } from "./cases/all.ts";
export { ConformanceError, type CaseResult, type ConformanceCase } from "./case.ts";
export { onnxCasesJob, type OnnxCasesArgument, type OnnxCasesContext } from "./onnx-cases/job.ts";
export { runOnnxCases, type ModelOpener } from "./onnx-cases/run-onnx-cases.ts";
