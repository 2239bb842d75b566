// One runner per kind of workload. A new kind is one file and one line here.
import type { WorkloadKind } from "@fastgpu/results";
import type { Workload } from "../suite/suite.ts";
import { runInference } from "./inference.ts";
import { runModelFile } from "./model-file.ts";
import { runTrainStep } from "./train-step.ts";
import { runTrainToAccuracy } from "./train-to-accuracy.ts";
import type { TrialRunner } from "./trial.ts";

/** How each kind of trial is run. */
export const trialRunners: {
  readonly [K in WorkloadKind]: TrialRunner<Workload & { readonly kind: K }>;
} = {
  inference: runInference,
  "train-step": runTrainStep,
  "train-to-accuracy": runTrainToAccuracy,
  model: runModelFile,
};
