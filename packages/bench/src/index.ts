// The public index of measuring: suites, plans and runs.
export { loadSuite, parseSuite, shippedSuites } from "./suite/load-suite.ts";
export { didYouMean } from "./suite/closest.ts";
export type { Matrix, Sampling, Suite, SuiteModel, Workload } from "./suite/suite.ts";
export type { SuiteFile } from "./suite/suite-file.ts";
export { planRun, type ListDevices } from "./plan/plan-run.ts";
export type { Plan, PlannedTrial, PlanOptions } from "./plan/plan.ts";
export { executeRun, type RunOptions } from "./run/execute-run.ts";
export { describeEnvironment } from "./run/environment.ts";
