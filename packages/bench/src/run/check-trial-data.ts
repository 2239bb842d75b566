// Matches the data of every workload with its model before anything is measured: a mismatch is the user's to mend.
import type { Precision } from "@fastgpu/core";
import type { PlannedTrial } from "../plan/plan.ts";
import type { Suite } from "../suite/suite.ts";
import { inferenceRows } from "../trial/inference-program.ts";
import { trainingRequest } from "../trial/train-program.ts";
import { dataOf, type SuiteData } from "./suite-data.ts";

/** @throws {SuiteError} naming the workload's line, the input, and both shapes */
export function checkTrialData(
  suite: Suite,
  trials: readonly PlannedTrial[],
  loaded: SuiteData,
): void {
  const seen = new Set<string>();
  for (const trial of trials) {
    const { workload } = trial;
    const data = dataOf(workload).map((name) => loaded.get(name))[0];
    if (seen.has(workload.where) || data === undefined) continue;
    seen.add(workload.where);
    if (workload.kind === "inference") inferenceRows({ workload, suite, data });
    else if (workload.kind !== "model") {
      // Whether a device can train in the trial's own precision is another question.
      const precision: Precision = "f32";
      trainingRequest({ workload, suite, data, trial, precision });
    }
  }
}
