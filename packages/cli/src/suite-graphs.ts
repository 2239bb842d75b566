// The programs that a suite's workloads run, for commands that look at programs instead of measuring workloads.
import type { Graph } from "@fastgpu/core";
import { workloadGraph, type Suite } from "@fastgpu/bench";

/** One program of every batch size and precision of the workloads; model files have none. Equal ones may come twice. */
export function suiteGraphs(suite: Suite, name?: string): readonly Graph[] {
  return suite.workloads
    .filter((workload) => name === undefined || workload.name === name)
    .flatMap((workload) =>
      workload.matrix.precisions.flatMap((precision) => {
        // A single op has one program, whatever its batch.
        const hasBatch = "batchSizes" in workload && !("op" in workload);
        const sizes = hasBatch ? workload.batchSizes : [1];
        return sizes.flatMap(
          (batchSize) => workloadGraph(suite, workload, { precision, batchSize }) ?? [],
        );
      }),
    );
}
