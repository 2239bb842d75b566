// Simulated placements against hand calculation, and the search against the exhaustive optimum of 8 unequal GPUs.
import { describe, expect, it } from "vitest";
import { Search } from "../search.ts";
import { Space } from "../space/space.ts";
import { measuredLinks, readLinkTimes, transferMs } from "./link-times.ts";
import {
  placementSpace,
  simulatePlacement,
  type SimulatedCluster,
  type SimulatedStep,
} from "./simulate-placement.ts";

const links = {
  transfer: { inside: measuredLinks.a100Transfer, between: measuredLinks.a100NetworkTransfer },
  allReduce: { inside: measuredLinks.a100AllReduce, between: measuredLinks.a100NetworkAllReduce },
};

/** Two nodes: four fast devices, two of half their speed, two with a quarter and little memory. */
const cluster: SimulatedCluster = {
  ...links,
  devices: [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25].map((speed, i) => ({
    flopsPerSecond: 1e14 * speed,
    memoryBytes: speed < 0.5 ? 6e9 : 2.4e10,
    node: i < 4 ? 0 : 1,
    overheadMs: 0.05,
  })),
};

/** A network whose layers grow in parameters and shrink in activations, as a convolutional one. */
function network(parameterScale: number): SimulatedStep {
  return {
    batch: 32,
    cluster,
    layers: Array.from({ length: 8 }, (_, i) => ({
      flops: 4e9 * (1 + (i % 3)),
      parameterBytes: parameterScale * 2 ** (i / 2),
      activationBytes: 4e7 / 2 ** (i / 3),
    })),
  };
}

describe("link times", () => {
  it("meet the measurements, rise between them and go on at the last rate", () => {
    const link = { sizesBytes: [1000, 100_000], timesMs: [1, 10] };
    expect(transferMs(link, 0)).toBe(0);
    expect(transferMs(link, 10)).toBe(1);
    expect(transferMs(link, 10_000)).toBeCloseTo(Math.sqrt(10), 12);
    expect(transferMs(link, 100_000)).toBe(10);
    expect(transferMs(link, 1_000_000)).toBe(100);
  });

  it("are read from a profile", () => {
    const csv = [
      ",time_stats.send_recv.median,num_workers,size,devices_per_node",
      "0,0.5,2,4096,1",
      "1,0.7,2,4096,1",
      "2,0.1,2,4096,2",
      "3,0.9,2,8192,1",
    ].join("\n");
    const options = {
      collective: "send_recv",
      workers: 2,
      devicesPerNode: 1,
      where: "file",
    } as const;
    const link = readLinkTimes(csv, options);
    expect(link.sizesBytes).toEqual([4096, 8192]);
    expect(link.timesMs[0]).toBeCloseTo(0.6, 12);
    expect(() => readLinkTimes(csv, { ...options, workers: 4 })).toThrow("file: a row must have");
    expect(() => readLinkTimes("a,b", options)).toThrow("file: columns must include size");
  });
});

describe("a simulated step", () => {
  const layers = [
    { flops: 1e9, parameterBytes: 1000, activationBytes: 512 },
    { flops: 3e9, parameterBytes: 1000, activationBytes: 512 },
  ];
  const device = { flopsPerSecond: 1e12, memoryBytes: 1e6, node: 0, overheadMs: 1 };
  const step: SimulatedStep = {
    layers,
    batch: 8,
    cluster: { ...links, devices: [device, { ...device, flopsPerSecond: 5e11 }] },
  };
  const timeOf = (configuration: Parameters<typeof simulatePlacement>[1]): number => {
    const outcome = simulatePlacement(step, configuration);
    return outcome.kind === "ok" ? outcome.values["stepMs"]!.value : NaN;
  };

  it("has the times of its formulas", () => {
    // 4 GFLOP forward, 12 with backward per sample: 12 ms on the first device, 24 on the second.
    expect(timeOf({ parallel: "data", split: [8, 0] })).toBeCloseTo(1 + 96, 9);
    expect(timeOf({ parallel: "data", split: [6, 2] })).toBeCloseTo(1 + 72 + 0.062, 9);
    // Stages of 2 samples: 3 x 2 x 1 = 6 ms + 1 + transfer, and 3 x 2 x 3 x 2 = 36 ms + 1; 4 micro-batches.
    const first = 1 + 6 + 2 * 0.008;
    expect(timeOf({ parallel: "pipeline", cuts: [1], microBatches: 4 })).toBeCloseTo(
      first + 37 + 3 * 37,
      9,
    );
    // An empty stage is no stage.
    expect(timeOf({ parallel: "pipeline", cuts: [2], microBatches: 1 })).toBeCloseTo(1 + 96, 9);
  });

  it("runs out of memory", () => {
    const small = {
      ...step,
      cluster: { ...step.cluster, devices: [{ ...device, memoryBytes: 9000 }, device] },
    };
    expect(simulatePlacement(small, { parallel: "data", split: [4, 4] })).toMatchObject({
      kind: "failed",
    });
    expect(simulatePlacement(small, { parallel: "data", split: [0, 8] })).toMatchObject({
      kind: "ok",
    });
  });
});

describe("the search", () => {
  it.each([
    ["small gradients, where data parallelism wins", 2e5],
    ["large gradients, where a pipeline wins", 4e7],
  ])(
    "places %s: near the exhaustive optimum",
    (_what, parameterScale) => {
      const step = network(parameterScale);
      const space = new Space(placementSpace(step, 4));
      const costs = space.list()!.flatMap((point) => {
        const outcome = simulatePlacement(step, space.configurationOf(point));
        return outcome.kind === "ok" ? [outcome.values["stepMs"]!.value] : [];
      });
      const optimum = costs.reduce((low, cost) => Math.min(low, cost), Infinity);
      const problem = { space, objectives: [{ metric: "stepMs", direction: "minimize" }] } as const;
      const search = new Search({ problem, strategy: "gp", seed: 1 });
      let best = Infinity;
      for (let trial = 0; trial < 150 && best > 1.02 * optimum; trial++) {
        const [proposal] = search.ask();
        const outcome = simulatePlacement(step, proposal!.configuration);
        if (outcome.kind === "ok") best = Math.min(best, outcome.values["stepMs"]!.value);
        search.tell({ ...proposal!, outcome });
      }
      expect(best / optimum).toBeLessThanOrEqual(1.02);
    },
    120_000,
  );
});
