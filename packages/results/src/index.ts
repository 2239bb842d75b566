// Public API of @fastgpu/results: the versioned record, its progress events, journal and statistics.

export { fingerprintText, recordSchema } from "./record.ts";
export type {
  Environment,
  GitState,
  GpuInfo,
  RunHeader,
  RunRecord,
  RunStatus,
  SuiteIdentity,
} from "./record.ts";
export { canonicalTrialKey, configurationKey, isFinished } from "./trial.ts";
export type {
  CancelledOutcome,
  CrashedOutcome,
  FailedOutcome,
  IncorrectOutcome,
  InvalidOutcome,
  Outcome,
  OutcomeState,
  OutOfMemoryOutcome,
  TimeoutOutcome,
  TrialConfig,
  TrialPhase,
  TrialRecord,
  UnsupportedOutcome,
  WorkloadIdentity,
  WorkloadKind,
} from "./trial.ts";
export type {
  Achieved,
  CorrectnessCheck,
  Counters,
  Measurements,
  Memory,
  OperatorPlacement,
  StepTimeSplit,
  Timing,
  VoidSample,
  Warmup,
  WarmupWindow,
} from "./measurements.ts";
export type { EpochRecord, TimeToTarget, Training } from "./training.ts";
export type {
  EpochEvent,
  NoticeEvent,
  PhaseEvent,
  PlanEvent,
  ProgressEvent,
  ProgressListener,
  RunFinishedEvent,
  SampleEvent,
  TrialFinishedEvent,
  TrialStartedEvent,
} from "./progress.ts";
export { RecordError } from "./errors.ts";
export type { RecordErrorCode } from "./errors.ts";
export { mergeJournal, recordFromJournal } from "./journal.ts";
export type { JournalLine, MergedJournal } from "./journal.ts";
export { readableSchemas } from "./migrate.ts";
export { comparisonSchema } from "./comparison/comparison.ts";
export type {
  BenchmarkComparison,
  BenchmarkVerdict,
  Comparison,
  ComparisonHeader,
  ComparisonSettings,
  MetricComparison,
  OverallVerdict,
  Round,
  SideIdentity,
} from "./comparison/comparison.ts";
export { compareRecords, unpairedNotice } from "./comparison/compare-records.ts";
export type { RecordRules } from "./comparison/compare-records.ts";
export { compareRounds } from "./comparison/compare-rounds.ts";
export type { JudgedBenchmark } from "./comparison/compare-rounds.ts";
export { compareCounters } from "./comparison/counters.ts";
export type { CounterComparison } from "./comparison/counters.ts";
export { falseAlarmSchema, reportFalseAlarms } from "./comparison/false-alarms.ts";
export type { FalseAlarmReport, SameCodeVerdict } from "./comparison/false-alarms.ts";
export {
  defaultCostProbability,
  gateMetricNames,
  gateMetrics,
  processValue,
} from "./comparison/gate-metric.ts";
export type { GateMetric, GateMetricName, GateRole, Margins } from "./comparison/gate-metric.ts";
export { judge } from "./comparison/judge.ts";
export type { Judgement, MetricVerdict, Rule, Series } from "./comparison/judge.ts";
export { marginOf } from "./comparison/margins.ts";
export { processEvidence } from "./comparison/process-evidence.ts";
export type { ProcessEvidence } from "./comparison/process-evidence.ts";
export { validRounds, voidReason } from "./comparison/settle.ts";
export type { BenchmarkEvidence, ValidRound } from "./comparison/settle.ts";
export { comparisonExitCode, completeComparison } from "./comparison/verdict.ts";
export type { ComparisonExitCode } from "./comparison/verdict.ts";
export { recordJsonSchema } from "./schema/record-v2.ts";
export { calibrationJsonSchema } from "./schema/calibration-v1.ts";
export type { JsonSchema } from "./schema/json-schema.ts";
export type { ConditionReading, Conditions } from "./conditions/conditions.ts";
export type {
  ScenarioKind,
  ScenarioMetric,
  ScenarioResult,
  ScenarioSettings,
} from "./scenario/scenario.ts";
export { calibrationSchema } from "./calibration/calibration.ts";
export type {
  Calibration,
  DeviceCalibration,
  MetricNoise,
  NoiseMetric,
  ProcessSummary,
  SpeedLimit,
  SummaryNoise,
  TimerCalibration,
} from "./calibration/calibration.ts";
export { findDevice, findLimit, findNoise, machineText } from "./calibration/find.ts";
export type { Place } from "./calibration/find.ts";
export { chooseSummary, costSummaries, summarizeProcess } from "./calibration/summary.ts";
export type { PairNoise } from "./calibration/summary.ts";
export { stringifyRecord } from "./write.ts";
export { listMetrics } from "./metric-list.ts";
export type { Metric, MetricUnit } from "./metric-list.ts";
export { clopperPearson } from "./stats/clopper-pearson.ts";
export type { RateInterval } from "./stats/clopper-pearson.ts";
export { minimumDetectableEffect } from "./stats/detectable-effect.ts";
export { changePoints } from "./stats/change-points.ts";
export type { ChangePoint, ChangePointOptions } from "./stats/change-points.ts";
export { madListing, tukeyListing } from "./stats/outliers.ts";
export type { ListedSample, OutlierListing } from "./stats/outliers.ts";
export { findVoidSamples, maxVoidShare } from "./conditions/void-samples.ts";
export type { PlacedSamples } from "./conditions/void-samples.ts";
export { energyBetween } from "./conditions/energy.ts";
export type { EnergyReading } from "./conditions/energy.ts";
export { poissonArrivals } from "./scenario/arrivals.ts";
export {
  allowedOverLatency,
  earlyStoppingEstimate,
  requiredQueries,
} from "./scenario/early-stopping.ts";
export { judgeScenario } from "./scenario/judge.ts";
export type { ScenarioRun } from "./scenario/judge.ts";
export { buildHistory, historyMetrics } from "./history/history.ts";
export type {
  HistoryFinding,
  HistoryOptions,
  HistoryPoint,
  HistorySeries,
} from "./history/history.ts";
export { histogram } from "./stats/histogram.ts";
export type { HistogramBin } from "./stats/histogram.ts";
export { holmAdjust, holmByGroup } from "./stats/holm.ts";
export { defaultLooks, sequentialPValue, totalError } from "./stats/looks.ts";
export type { Look } from "./stats/looks.ts";
export { medianAbsoluteDeviation, moments } from "./stats/moments.ts";
export type { Moments } from "./stats/moments.ts";
export { median, quantile, quantileInterval } from "./stats/quantile.ts";
export type { OrderStatisticInterval } from "./stats/quantile.ts";
export { hodgesLehmannShift, rankSumInterval, rankSumPValue } from "./stats/rank-sum.ts";
export { hodgesLehmann, signedRankInterval, signedRankPValue } from "./stats/signed-rank.ts";
export type { ShiftInterval } from "./stats/signed-rank.ts";
export { sortSamples } from "./stats/sorted.ts";
export type { SortedSamples } from "./stats/sorted.ts";
export { decideWarmup, defaultWarmupRule, findStep, isSteady } from "./stats/steady-state.ts";
export type { WarmupDecision, WarmupRule, WarmupState } from "./stats/steady-state.ts";
export { Race } from "./stats/race.ts";
export type { RaceLimit, RaceRule } from "./stats/race.ts";
export { decideSampling, defaultSamplingRule } from "./stats/stop-rule.ts";
export type { SamplingDecision, SamplingRule } from "./stats/stop-rule.ts";
export { minimumSamples, summarize, throughput } from "./stats/summary.ts";
export type { LatencySummary, WithheldQuantile } from "./stats/summary.ts";
export { studyReportSchema } from "./study/study-report.ts";
export type {
  StudyBoundReport,
  StudyConfiguration,
  StudyContender,
  StudyCost,
  StudyEstimate,
  StudyObjectiveReport,
  StudyParameter,
  StudyPrediction,
  StudyPriorReport,
  StudyProofReport,
  StudyReport,
  StudyTrialReport,
  StudyValue,
} from "./study/study-report.ts";
