// The program that a workload runs, for those who look at programs instead of measuring workloads.
import {
  applyPrecision,
  precisionPolicies,
  predictStep,
  simplify,
  type Graph,
  type Precision,
} from "@fastgpu/core";
import { planPrograms } from "@fastgpu/runtime";
import { opGraph } from "../suite/check-sense.ts";
import type { Suite, Workload } from "../suite/suite.ts";

/** What a workload's program depends on besides the suite. */
export interface GraphChoice {
  readonly precision: Precision;
  /** Ignored by single ops, whose shapes the suite gives. */
  readonly batchSize: number;
}

/**
 * The graph of one iteration: a prediction, or a training step. Undefined for model files, which only their engine can
 * read, and for trainings that cannot be: without a loss, or in int8.
 */
export function workloadGraph(
  suite: Pick<Suite, "models">,
  workload: Workload,
  { precision, batchSize }: GraphChoice,
): Graph | undefined {
  if (workload.kind === "model") return undefined;
  if (workload.kind === "inference" && workload.op !== undefined) {
    return simplify(applyPrecision(opGraph(workload.op), precisionPolicies[precision]));
  }
  const model = suite.models[workload.model ?? ""];
  if (model === undefined) return undefined;
  const { spec, loss, optimizer, metrics } = model;
  if (workload.kind === "inference") {
    const predict = predictStep(spec, { batch: batchSize });
    return simplify(applyPrecision(predict, precisionPolicies[precision]));
  }
  if (loss === undefined || precision === "int8") return undefined;
  const objective = { loss, optimizer, metrics };
  const request = { model: spec, objective, batchSize, precision, data: { train: {} } };
  return planPrograms(request).step(batchSize);
}
