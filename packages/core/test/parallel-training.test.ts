// Data parallelism over whole training programs: every optimizer, clipping, precision and loss scaling takes the steps
// of one device, with unequal shares, batch statistics, dropout masks and metrics included. And graphs survive JSON.
import { describe, expect, test } from "vitest";
import { graphFromJson, graphToJson } from "../src/graph/json.ts";
import { printGraph } from "../src/graph/print.ts";
import { verifyGraph } from "../src/graph/verify.ts";
import type { ModelSpec } from "../src/model/spec.ts";
import * as optimizers from "../src/optimizers/table.ts";
import { dataParallel } from "../src/parallel/data-parallel.ts";
import { evaluateRanks } from "../src/parallel/evaluate-ranks.ts";
import type { StepOptions } from "../src/parallel/strategy.ts";
import { unroll } from "../src/passes/unroll.ts";
import { evaluate, toReferences, type RefMap } from "../src/reference/evaluate.ts";
import { sampleTensor } from "../src/reference/sample.ts";
import { initialTrainState } from "../src/train/initial-state.ts";
import { trainStep, type TrainOptions, type TrainStep } from "../src/train/train-step.ts";

const kinds = [
  ["conv2d", { filters: 2, kernelSize: 2, kernelRegularizer: "l2" }],
  ["batchNorm", {}],
  ["activation", { activation: "relu" }],
  ["flatten", {}],
  ["dropout", { rate: 0.3 }],
  ["dense", { units: 3, activation: "softmax" }],
] as const;

const model: ModelSpec = {
  name: "net",
  layers: [
    { name: "in", kind: "input", config: { shape: [1, 3, 3] }, inputs: [] },
    ...kinds.map(([kind, config], i) => ({
      name: `layer${i + 1}`,
      kind,
      config: { ...config },
      inputs: [i === 0 ? "in" : `layer${i}`],
    })),
  ],
  inputs: ["in"],
  outputs: [`layer${kinds.length}`],
};

type Options = Omit<TrainOptions, "batch">;

const base: Options = {
  loss: "categoricalCrossentropy",
  optimizer: { name: "adam", learningRate: 0.02 },
  metrics: ["accuracy", "f1", "auc", "topK"],
  seed: 3,
};

const cases: Readonly<Record<string, Options>> = {
  ...Object.fromEntries(
    Object.keys(optimizers).map((name) => [
      name,
      { ...base, optimizer: { name, learningRate: 0.02, weightDecay: 0.1 } },
    ]),
  ),
  packed: { ...base, packBelowElements: 1000 },
  "clipped by value": { ...base, clip: { kind: "value", bound: 0.05 } },
  "clipped by norm, packed": {
    ...base,
    clip: { kind: "norm", bound: 0.1 },
    packBelowElements: 1000,
  },
  "clipped by global norm": { ...base, clip: { kind: "globalNorm", bound: 0.1 } },
  averaged: { ...base, ema: { decay: 0.9 } },
  mixed: { ...base, precision: "mixed" },
  f16: { ...base, precision: "f16", packBelowElements: 1000 },
  "fixed loss scale": { ...base, lossScaling: { scale: 256 } },
};

const rows = 7;
const classes = Array.from({ length: rows }, (_, i) => i % 3);
const data = {
  x: sampleTensor({ dtype: "f32", shape: [rows, 1, 3, 3] }, 1),
  y: {
    dtype: "f32",
    shape: [rows, 3],
    data: Float64Array.from(classes.flatMap((label) => [0, 1, 2].map((c) => Number(c === label)))),
  },
} as const satisfies RefMap;

/** Some rows of a tensor. */
function cut(value: RefMap[string], firstRow: number, batch: number): RefMap[string] {
  const width = value.data.length / rows;
  const part = value.data.slice(firstRow * width, (firstRow + batch) * width);
  return { ...value, shape: [batch, ...value.shape.slice(1)], data: part };
}

function expectEqual(actual: RefMap, expected: RefMap, tolerance: number): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { data: values }] of Object.entries(expected)) {
    values.forEach((value, i) => {
      const error = Math.abs(actual[name]!.data[i]! - value) / Math.max(1, Math.abs(value));
      expect(error, `${name}[${i}]`).toBeLessThanOrEqual(tolerance);
    });
  }
}

function templateOf(options: Options): (given: StepOptions) => TrainStep {
  return ({ batch, ...hooks }) => trainStep(model, { ...options, batch }, hooks);
}

describe.each(Object.entries(cases))("%s", (_, options) => {
  test("shares of 4, 2 and 1 rows take the steps of one device", () => {
    const build = templateOf(options);
    const whole = build({ batch: rows, globalBatch: rows });
    const start: RefMap = toReferences(initialTrainState(whole, 7));
    const partition = dataParallel.partition(
      { build: (given) => build(given).graph },
      { devices: ["a", "b", "c"], batchShares: [4, 2, 1], layerCuts: [] },
    );
    const inputs = partition.programs.map(({ firstRow, batch }) => ({
      x: cut(data.x, firstRow, batch),
      y: cut(data.y, firstRow, batch),
    }));
    // Dropout's factor is a constant on its own where rows are cut out, and f16 rounds it there: 2^-11 of a value.
    const tolerance = options.precision === "f16" ? 2e-3 : 1e-9;
    let state = start;
    let states: readonly RefMap[] = inputs.map(() => start);
    for (let step = 0; step < 2; step++) {
      const one = evaluate(whole.graph, data, state);
      const ranks = evaluateRanks(partition, inputs, states);
      for (const rank of ranks) {
        expectEqual(rank.outputs, one.outputs, tolerance);
        expectEqual(rank.state, one.state, tolerance);
      }
      state = one.state;
      states = ranks.map((rank) => rank.state);
    }
    const [moved] = whole.layout.slots.filter(({ name }) => start[name] !== undefined);
    expect(state[moved!.name]!.data).not.toEqual(start[moved!.name]!.data);
  });

  test("the program survives JSON, and two steps in one run are two steps", () => {
    const { graph, ...step } = templateOf(options)({ batch: rows, globalBatch: rows });
    const read = graphFromJson(graphToJson(graph));
    verifyGraph(read);
    expect(printGraph(read)).toBe(printGraph(graph));
    const start: RefMap = toReferences(initialTrainState({ graph, ...step }, 7));
    const first = evaluate(read, data, start);
    const second = evaluate(read, data, first.state);
    const stacked = Object.fromEntries(
      Object.entries(data).map(([name, value]) => [
        name,
        {
          dtype: value.dtype,
          shape: [2, ...value.shape],
          data: Float64Array.from([...value.data, ...value.data]),
        },
      ]),
    );
    const both = evaluate(unroll(graph, 2), stacked, start);
    expectEqual(both.state, second.state, 1e-12);
    expect([...both.outputs["loss"]!.data]).toEqual(
      [first, second].map(({ outputs }) => outputs["loss"]!.data[0]),
    );
  });
});
