// Everything on one rank: the base case that other strategies are compared with.
import { UsageError } from "../errors.ts";
import type { Strategy } from "./strategy.ts";

/** One device, the whole batch, no collectives. */
export const singleDevice: Strategy = {
  name: "singleDevice",
  supports: ({ devices, batchShares, layerCuts }) =>
    devices.length === 1 && batchShares.length === 1 && layerCuts.length === 0
      ? true
      : {
          reason: `plan must have one device, one share and no cuts, got ${devices.length}, ${batchShares.length} and ${layerCuts.length}`,
        },
  partition(template, plan) {
    const verdict = this.supports(plan);
    const [device] = plan.devices;
    const [batch] = plan.batchShares;
    if (verdict !== true || device === undefined || batch === undefined) {
      throw new UsageError(`singleDevice: ${verdict === true ? "plan is empty" : verdict.reason}`);
    }
    const graph = template.build({ batch, globalBatch: batch });
    return { programs: [{ rank: 0, device, graph, firstRow: 0, batch }], groups: {} };
  },
};
