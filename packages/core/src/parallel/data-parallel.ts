// Data parallelism: every rank runs the whole step on its share of the rows; gradients, statistics and reported sums are
// summed over the ranks, so all ranks make the same update. Equal to one device up to rounding, unequal shares included.
import { UsageError } from "../errors.ts";
import { allReduce } from "../functional.ts";
import type { ParallelPlan, Reduce, Strategy } from "./strategy.ts";

/** The group of all ranks, in which data-parallel programs reduce. */
export const dataGroup = "data";

/** One share of the batch per device; state is replicated and stays equal because every rank applies the same sums. */
export const dataParallel: Strategy = {
  name: "dataParallel",
  supports: (plan) => {
    const reason = refusal(plan);
    return reason === undefined ? true : { reason };
  },
  partition(template, plan) {
    const reason = refusal(plan);
    if (reason !== undefined) throw new UsageError(`dataParallel: ${reason}`);
    const globalBatch = plan.batchShares.reduce((sum, share) => sum + share, 0);
    const sum: Reduce = (value) => allReduce(value, dataGroup, "sum");
    const programs = plan.devices.map((device, rank) => {
      const batch = plan.batchShares[rank] ?? 0;
      const firstRow = plan.batchShares.slice(0, rank).reduce((rows, share) => rows + share, 0);
      const graph = template.build({
        batch,
        globalBatch,
        firstRow,
        reduceGradient: sum,
        reduceMetric: sum,
        reduceStatistic: sum,
      });
      return { rank, device, graph, firstRow, batch };
    });
    return { programs, groups: { [dataGroup]: programs.map(({ rank }) => rank) } };
  },
};

function refusal({ devices, batchShares, layerCuts }: ParallelPlan): string | undefined {
  if (layerCuts.length > 0) return `plan must not cut layers, got ${layerCuts.join(", ")}`;
  if (devices.length === 0 || devices.length !== batchShares.length) {
    return `plan must have one share per device, got ${batchShares.length} for ${devices.length}`;
  }
  const areRows = batchShares.every((share) => Number.isInteger(share) && share >= 1);
  return areRows ? undefined : `shares must be integers >= 1, got ${batchShares.join(", ")}`;
}
