// The public index of measuring: suites, plans and runs.
export { loadSuite, parseSuite, shippedSuites } from "./suite/load-suite.ts";
export { didYouMean } from "./suite/closest.ts";
export type { Matrix, Sampling, Suite, SuiteModel, Tune, Workload } from "./suite/suite.ts";
export type { SuiteFile, TuneFile, TuneParameter } from "./suite/suite-file.ts";
export { planRun, type ListDevices } from "./plan/plan-run.ts";
export { workloadGraph, type GraphChoice } from "./plan/workload-graph.ts";
export type { Plan, PlannedTrial, PlanOptions, TrialRace } from "./plan/plan.ts";
export { executeRun, type RunOptions } from "./run/execute-run.ts";
export { calibrate, type CalibrateOptions } from "./calibrate/calibrate.ts";
export type { LimitPrecision } from "./calibrate/limit-program.ts";
export { describeEnvironment } from "./run/environment.ts";
export {
  findCommits,
  hasFile,
  launcherOf,
  openCheckout,
  type Checkout,
  type CheckoutRequest,
  type CommitPair,
  type CommitRequest,
} from "./compare/checkout.ts";
export {
  executeComparison,
  type ComparisonEvent,
  type ComparisonOptions,
} from "./compare/execute-comparison.ts";
export { openLocalSide, type LocalSideOptions } from "./compare/local-side.ts";
export { serveSide, type SideChannel } from "./compare/serve-side.ts";
export type { FromSide, ToSide } from "./compare/side-protocol.ts";
export { startSide, type SideProgram } from "./compare/side-process.ts";
export type { Side, SideBenchmark, SideDescription } from "./compare/side.ts";
export { runTrial, type TrialSurroundings } from "./run/run-trial.ts";
export { loadSuiteData, type LoadedData, type SuiteData } from "./run/suite-data.ts";
export { trainWeights } from "./trial/train-weights.ts";
export { startLineFile, type LineFile } from "./run/line-file.ts";
export { gitState } from "./run/git-state.ts";
export { checkTrialData } from "./run/check-trial-data.ts";
export { checkModelFiles } from "./run/check-model-files.ts";
