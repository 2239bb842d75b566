// The public index of tuning studies: from a suite to a proven configuration.
export { tune, type TuneOptions, type TuneResult, type TuneStep } from "./tune.ts";
export { decideTask, type TuneChoices, type TuneLimits, type TuneTask } from "./choices.ts";
export { parseGoal, type Goal, type PlacedText } from "./goal/goal.ts";
export { metricNames, metricOf, type MetricName, type StudyMetric } from "./goal/metric.ts";
export { deriveSpace, type DerivedSpace } from "./space/derive-space.ts";
export type { StudyDevice } from "./space/part.ts";
export { rooflineGuess, type RooflineRequest } from "./space/roofline-guess.ts";
export { readStudyFile, studyFileName } from "./study-file.ts";
export { buildReport } from "./result/build-report.ts";
export {
  planTuned,
  readTunedFor,
  tunedFileName,
  tunedFileOf,
  withTunedSettings,
} from "./result/tuned-result.ts";
