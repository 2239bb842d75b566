// The public index of measuring: suites, plans and runs.
export { loadSuite, parseSuite, shippedSuites } from "./suite/load-suite.ts";
export { didYouMean } from "./suite/closest.ts";
export type { Matrix, Sampling, Suite, SuiteModel, Workload } from "./suite/suite.ts";
export type { SuiteFile } from "./suite/suite-file.ts";
export { planRun, type ListDevices } from "./plan/plan-run.ts";
export type { Plan, PlannedTrial, PlanOptions } from "./plan/plan.ts";
export { executeRun, type RunOptions } from "./run/execute-run.ts";
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
