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
export type { LatencySummary, WithheldQuantile } from "./stats/summary.ts";
