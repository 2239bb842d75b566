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
export type { Prior } from "./prior.ts";
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
export { asha } from "./strategies/asha.ts";
export type { AshaOptions } from "./strategies/asha.ts";
export { gaussianProcess } from "./strategies/gaussian-process/gaussian-process.ts";
export type { GaussianProcessOptions } from "./strategies/gaussian-process/options.ts";
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
export type { ProofOptions } from "./study/proof.ts";
export type { Gain, Proof, ProvenContender } from "./study/proof-verdict.ts";
export { problemOfStudy } from "./study/problem-of-study.ts";
export { optimizerOf, optimizerParameters } from "./study/optimizer-space.ts";
export type { OptimizerChoice, OptimizerParameter } from "./study/optimizer-space.ts";
export { SearchThread } from "./thread/search-thread.ts";
export type { SearchThreadOptions } from "./thread/search-thread.ts";
export { recordedSpaceOf } from "./replay/recorded-space.ts";
export { recordedSpaceOfStudy } from "./replay/recorded-study.ts";
export type { RecordedPoint, RecordedSpace } from "./replay/recorded-space.ts";
export { milestones, permuteValues, randomFraction, summarizeReplay } from "./replay/summary.ts";
export type { Milestone, ReplaySummary } from "./replay/summary.ts";
export { prepareReplay, replayOnce } from "./replay/replay.ts";
export type { Protocol, ReplayOptions, ReplayRun, ReplaySpace } from "./replay/replay.ts";
export {
  expectedMinimum,
  expectedRankBaseline,
  methodologyScore,
  spaceStatistics,
} from "./replay/methodology.ts";
export type { SpaceStatistics } from "./replay/methodology.ts";
export { dominates, hypervolume, ParetoArchive } from "./pareto/pareto-archive.ts";
export type { ParetoMember } from "./pareto/pareto-archive.ts";
export { functionalAnova, permutationImportance } from "./forest/importance.ts";
export type { Importance, ImportanceData } from "./forest/importance.ts";
export { modelText } from "./tuned/model-text.ts";
export { differences, parseTuned, tunedSchema } from "./tuned/tuned-file.ts";
export type { TunedConfiguration, TunedFile, TunedIdentity } from "./tuned/tuned-file.ts";
export { measuredLinks, readLinkTimes, transferMs } from "./placement/link-times.ts";
export type { LinkTimes } from "./placement/link-times.ts";
export { placementSpace, simulatePlacement } from "./placement/simulate-placement.ts";
export type {
  SimulatedCluster,
  SimulatedDevice,
  SimulatedLayer,
  SimulatedStep,
} from "./placement/simulate-placement.ts";
export { heldOutPredictions, importanceOf } from "./study/insight.ts";
export type { HeldOutPrediction, ParameterImportance } from "./study/insight.ts";
