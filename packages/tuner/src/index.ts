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
export { parseStudyLines, studySchema } from "./study/study-line.ts";
export type {
  AskLine,
  ProcessLine,
  ProcessMeasurement,
  ProofLine,
  StudyEnd,
  StudyHeader,
  StudyLine,
  TellLine,
} from "./study/study-line.ts";
export { studyStateOf, withLine } from "./study/study-state.ts";
export type { StudyState, StudyTrial } from "./study/study-state.ts";
export {
  boundText,
  brokenBounds,
  countReasons,
  feasibleTrials,
  measuredTrials,
  paretoFront,
} from "./study/standing.ts";
export type { MeasuredTrial } from "./study/standing.ts";
export { combine, needsRepeat, noiseOf } from "./study/repeat.ts";
export type { RepeatRule } from "./study/repeat.ts";
export { busyMs, runSearch } from "./study/study.ts";
export type { Asker, Measure, MeasureRequest, StudyLimits, StudyOptions } from "./study/study.ts";
export { contendersOf, judgeProof, runProof } from "./study/proof.ts";
export type { Gain, Proof, ProofOptions, ProvenContender } from "./study/proof.ts";
export { problemOfStudy } from "./study/problem-of-study.ts";
export { optimizerOf, optimizerParameters } from "./study/optimizer-space.ts";
export type { OptimizerChoice, OptimizerParameter } from "./study/optimizer-space.ts";
