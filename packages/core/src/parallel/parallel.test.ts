// Strategies against one device on the float64 reference, and what the multi-rank interpreter refuses.
import { expect, test } from "vitest";
import { add, allReduce, recv, send } from "../functional.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";
import type { ModelSpec } from "../model/spec.ts";
import { evaluate, toReferences, type RefMap } from "../reference/evaluate.ts";
import { sampleTensor } from "../reference/sample.ts";
import { initialTrainState } from "../train/initial-state.ts";
import { trainStep, type TrainOptions, type TrainStep } from "../train/train-step.ts";
import { dataParallel } from "./data-parallel.ts";
import { CollectiveError, evaluateRanks } from "./evaluate-ranks.ts";
import { singleDevice } from "./single-device.ts";
import { splitBatch } from "./split-batch.ts";
import type { Partition, StepOptions } from "./strategy.ts";

const model: ModelSpec = {
  name: "small",
  layers: [
    { name: "input", kind: "input", config: { shape: [3] }, inputs: [] },
    { name: "hidden", kind: "dense", config: { units: 4, activation: "tanh" }, inputs: ["input"] },
    { name: "norm", kind: "batchNorm", config: {}, inputs: ["hidden"] },
    { name: "out", kind: "dense", config: { units: 2 }, inputs: ["norm"] },
  ],
  inputs: ["input"],
  outputs: ["out"],
};

const options: Omit<TrainOptions, "batch"> = {
  loss: "meanSquaredError",
  optimizer: { name: "adamw", learningRate: 0.05, weightDecay: 0.1 },
};

const template = {
  step: ({ batch, ...hooks }: StepOptions): TrainStep =>
    trainStep(model, { ...options, batch }, hooks),
  build(given: StepOptions): Graph {
    return this.step(given).graph;
  },
};

/** Rows firstRow .. firstRow + batch of a tensor [rows, ...]. */
function rowsOf(value: RefMap[string], firstRow: number, batch: number): RefMap[string] {
  const width = value.data.length / value.shape[0]!;
  return {
    ...value,
    shape: [batch, ...value.shape.slice(1)],
    data: value.data.slice(firstRow * width, (firstRow + batch) * width),
  };
}

function expectEqual(actual: RefMap, expected: RefMap): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { data }] of Object.entries(expected)) {
    data.forEach((value, i) => {
      const error = Math.abs(actual[name]!.data[i]! - value);
      expect(error, name).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)));
    });
  }
}

test.each([[[5, 3]], [[5, 2, 1]], [[8]]])(
  "data parallel with shares %j takes the steps of one device",
  (batchShares) => {
    const x = sampleTensor({ dtype: "f32", shape: [8, 3] }, 1);
    const y = sampleTensor({ dtype: "f32", shape: [8, 2] }, 2);
    const whole = template.step({ batch: 8, globalBatch: 8 });
    let state: RefMap = toReferences(initialTrainState(whole, 7));
    const devices = batchShares.map((_, rank) => `cpu:${rank}`);
    const partition = dataParallel.partition(template, { devices, batchShares, layerCuts: [] });
    let states = batchShares.map(() => state);
    const inputs = partition.programs.map(({ firstRow, batch }) => ({
      x: rowsOf(x, firstRow, batch),
      y: rowsOf(y, firstRow, batch),
    }));
    for (let step = 0; step < 4; step++) {
      const one = evaluate(whole.graph, { x, y }, state);
      const ranks = evaluateRanks(partition, inputs, states);
      for (const rank of ranks) {
        expectEqual(rank.outputs, one.outputs);
        expectEqual(rank.state, one.state);
      }
      state = one.state;
      states = ranks.map((rank) => rank.state);
    }
    // Four steps of the size of the learning rate must have moved the weights, or equality shows nothing.
    const slot = Object.keys(state).find((name) => name.startsWith("hidden"))!;
    expect(state[slot]!.data).not.toEqual(toReferences(initialTrainState(whole, 7))[slot]!.data);
  },
);

test("single device is the template itself, and refuses more", () => {
  const plan = { devices: ["cpu"], batchShares: [4], layerCuts: [] };
  const { programs } = singleDevice.partition(template, plan);
  expect(programs[0]!.graph).toEqual(template.build({ batch: 4, globalBatch: 4 }));
  expect(() => singleDevice.partition(template, { ...plan, devices: ["cpu", "cpu"] })).toThrow(
    "singleDevice: plan must have one device, one share and no cuts, got 2, 1 and 0",
  );
  expect(() => dataParallel.partition(template, { ...plan, batchShares: [0] })).toThrow(
    "dataParallel: shares must be integers >= 1, got 0",
  );
});

function ranksOf(...bodies: readonly ((x: Value) => Value)[]): Partition {
  const programs = bodies.map((body, rank) => {
    const builder = new GraphBuilder(`rank ${rank}`);
    builder.output("y", body(builder.input("x", "f32", [1])));
    return { rank, device: "cpu", graph: builder.build(), firstRow: 0, batch: 1 };
  });
  return { programs, groups: { all: programs.map(({ rank }) => rank) } };
}

const inputs = [1, 2].map((value): RefMap => ({
  x: { dtype: "f32", shape: [1], data: Float64Array.of(value) },
}));

function collectiveError(partition: Partition): CollectiveError {
  try {
    evaluateRanks(partition, inputs, [{}, {}]);
  } catch (error) {
    if (error instanceof CollectiveError) return error;
    throw error;
  }
  throw new Error("expected a CollectiveError");
}

test("messages and reductions reach the other rank", () => {
  const partition = ranksOf(
    (x) => add(recv(send(x, 1, "there"), 1, "back"), allReduce(x, "all", "max")),
    (x) => add(recv(send(x, 0, "back"), 0, "there"), allReduce(x, "all", "max")),
  );
  const values = evaluateRanks(partition, inputs, [{}, {}]).map(
    ({ outputs }) => outputs["y"]!.data,
  );
  expect(values).toEqual([Float64Array.of(2 + 2), Float64Array.of(1 + 2)]);
});

test("a rank that never comes is a deadlock, different reductions a mismatch", () => {
  const lone = collectiveError(
    ranksOf(
      (x) => allReduce(x, "all"),
      (x) => x,
    ),
  );
  expect(lone.kind).toBe("deadlock");
  expect(lone.message).toContain("rank 0 at allReduce in group all waiting forever");
  const crossed = collectiveError(
    ranksOf(
      (x) => recv(x, 1, "a"),
      (x) => recv(x, 0, "b"),
    ),
  );
  expect(crossed.kind).toBe("deadlock");
  const mixed = collectiveError(
    ranksOf(
      (x) => allReduce(x, "all", "sum"),
      (x) => allReduce(x, "all", "mean"),
    ),
  );
  expect(mixed.kind).toBe("mismatch");
});

test("splitBatch gives every rank a row and the rest by weight", () => {
  expect(splitBatch(8, [5, 2, 1])).toEqual([4, 2, 2]);
  expect(splitBatch(10, [1, 1])).toEqual([5, 5]);
  expect(splitBatch(3, [100, 1, 1])).toEqual([1, 1, 1]);
  expect(() => splitBatch(1, [1, 1])).toThrow("got 1 for 2 ranks");
});
