// Public API of @fastgpu/tuner: search spaces, strategies behind ask and tell, and what a search finds.

export { Space } from "./space/space.ts";
export type { Point } from "./space/space.ts";
export type { Axis } from "./space/axis.ts";
export type {
  BooleanParameter,
  CategoricalParameter,
  Condition,
  Configuration,
  ConstraintDeclaration,
  CutsParameter,
  IntegerParameter,
  OrdinalParameter,
  ParameterDeclaration,
  ParameterValue,
  PredicateConstraint,
  RealParameter,
  SimplexParameter,
  SpaceDeclaration,
} from "./space/declaration.ts";
export { Random } from "./random.ts";
export { checkProblem } from "./problem.ts";
export type { MetricBound, Objective, Problem } from "./problem.ts";
export { checkObservation } from "./observation.ts";
export type {
  FailedOutcome,
  InfeasibleOutcome,
  Measured,
  Observation,
  OkOutcome,
  TrialOutcome,
} from "./observation.ts";
export type { Proposal, ProposalRequest, Strategy, StrategyFactory } from "./strategy.ts";
export { createStrategy, strategyNames } from "./strategies/table.ts";
export { Search } from "./search.ts";
export type { SearchOptions } from "./search.ts";
