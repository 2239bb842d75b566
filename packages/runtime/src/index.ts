// The public index of the runtime: device threads, backend processes, their messages and outcomes.
export { DevicePool, type DeviceRequest } from "./device-pool.ts";
export { RemoteDevice, type RemoteExecutable, type RemoteState } from "./remote-device.ts";
export { deviceFacts, hostFacts } from "./host-facts.ts";
export type { RequestOptions } from "./connection.ts";
export type { Job, JobContext } from "./process/job.ts";
export { backendModule } from "./process/load-backend.ts";
export type { Handle, JobReference, ProcessMemory } from "./wire/messages.ts";
export type { Limits } from "./thread/messages.ts";
export type { ProcessOptions } from "./thread/spawn.ts";
export {
  BackendCrashedError,
  BackendTimeoutError,
  CancelledError,
  EngineError,
  OutOfMemoryError,
  type ProcessEnd,
} from "./errors.ts";
export {
  runEpoch,
  type EpochArgument,
  type EpochProgress,
  type EpochResult,
} from "./jobs/epoch.ts";
export { runPrediction, type PredictArgument } from "./jobs/predict.ts";
export type { ProgramRuns } from "./jobs/programs.ts";
export { openTraining } from "./training/open-training.ts";
export {
  dataSlot,
  planPrograms,
  residentProgram,
  type DataSetName,
  type ResidentTypes,
  type TrainingPrograms,
} from "./training/training-programs.ts";
export { chooseStepsPerRun } from "./training/steps-per-run.ts";
export { checkData, type CheckedData } from "./training/training-data.ts";
export type { TrainingData, TrainingRequest } from "./training/request.ts";
export type { Evaluated, PassOptions, TrainedEpoch, Training } from "./training/training.ts";
