// The programs that a suite's workloads run, for commands that look at programs instead of measuring workloads.
import {
  applyPrecision,
  precisionPolicies,
  predictStep,
  simplify,
  type Graph,
} from "@fastgpu/core";
import { opGraph, type Suite, type Workload } from "@fastgpu/bench";
import { planPrograms } from "@fastgpu/runtime";

/** One program of every batch size and precision of the workloads; model files have none. Equal ones may come twice. */
export function suiteGraphs(suite: Suite, name?: string): readonly Graph[] {
  return suite.workloads
    .filter((workload) => name === undefined || workload.name === name)
    .flatMap((workload) => workload.matrix.precisions.map((precision) => ({ workload, precision })))
    .flatMap(({ workload, precision }) => graphsOf(suite, workload, precision));
}

type Precision = Workload["matrix"]["precisions"][number];

function graphsOf(suite: Suite, workload: Workload, precision: Precision): readonly Graph[] {
  if (workload.kind === "model") return [];
  if (workload.kind === "inference" && workload.op !== undefined) {
    return [simplify(applyPrecision(opGraph(workload.op), precisionPolicies[precision]))];
  }
  const model = suite.models[workload.model ?? ""];
  if (model === undefined) return [];
  const { spec, loss, optimizer, metrics } = model;
  if (workload.kind === "inference") {
    return workload.batchSizes.map((batch) =>
      simplify(applyPrecision(predictStep(spec, { batch }), precisionPolicies[precision])),
    );
  }
  if (loss === undefined || precision === "int8") return [];
  return workload.batchSizes.map((batchSize) =>
    planPrograms({
      model: spec,
      objective: { loss, optimizer, metrics },
      batchSize,
      precision,
      data: { train: {} },
    }).step(batchSize),
  );
}
