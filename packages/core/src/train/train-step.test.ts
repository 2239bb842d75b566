// Whole training programs on the reference interpreter: models learn, layouts and masks change nothing but cost.
import { expect, test } from "vitest";
import { evaluate, toReferences, type RefMap } from "../reference/evaluate.ts";
import { finishMetrics } from "../metrics/report.ts";
import type { ModelSpec } from "../model/spec.ts";
import { evalStep } from "./eval-step.ts";
import { initialTrainState } from "./initial-state.ts";
import { trainStep, type TrainStep } from "./train-step.ts";

/** A chain of layers after an input of the given sample shape. */
function chain(
  shape: readonly number[],
  ...layers: readonly (readonly [string, Record<string, never> | object])[]
): ModelSpec {
  const specs = layers.map(([kind, config], i) => ({
    name: `${kind}_${i + 1}`,
    kind,
    config: { ...config },
    inputs: [i === 0 ? "input" : `${layers[i - 1]![0]}_${i}`],
  }));
  return {
    name: "chain",
    layers: [{ name: "input", kind: "input", config: { shape: [...shape] }, inputs: [] }, ...specs],
    inputs: ["input"],
    outputs: [specs.at(-1)!.name],
  };
}

function f32(shape: readonly number[], values: readonly number[]): RefMap[string] {
  return { dtype: "f32", shape, data: Float64Array.from(values) };
}

function train(
  step: TrainStep,
  inputs: RefMap,
  steps: number,
  seed = 1,
): { state: RefMap; losses: number[] } {
  let state: RefMap = toReferences(initialTrainState(step, seed));
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const run = evaluate(step.graph, inputs, state);
    state = run.state;
    losses.push(run.outputs["loss"]!.data[0]!);
  }
  return { state, losses };
}

const xor = {
  x: f32([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]),
  y: f32([4, 2], [1, 0, 0, 1, 0, 1, 1, 0]),
};

const xorModel = chain(
  [2],
  ["dense", { units: 8, activation: "tanh" }],
  ["dense", { units: 2, activation: "softmax" }],
);

test("a small net learns exclusive or with Adam and cross-entropy", () => {
  const options = {
    batch: 4,
    loss: "categoricalCrossentropy",
    optimizer: { name: "adam", learningRate: 0.05 },
    metrics: ["accuracy"],
  } as const;
  const step = trainStep(xorModel, options);
  const { state, losses } = train(step, xor, 200);
  expect(losses[0]!).toBeGreaterThan(0.5);
  expect(losses.at(-1)!).toBeLessThan(0.02);
  const evaluation = evalStep(xorModel, options);
  const { outputs } = evaluate(evaluation.graph, xor, state);
  const metrics = finishMetrics(evaluation.report, outputs["metrics"]!.data);
  expect(metrics["accuracy"]).toBe(1);
  expect(metrics["loss"]).toBeCloseTo(outputs["loss"]!.data[0]!, 12);
  expect(state["step"]!.data[0]).toBe(200);
});

test("packed parameters train to the same numbers", () => {
  const options = { batch: 4, loss: "categoricalCrossentropy", optimizer: "adamw" } as const;
  const plain = train(trainStep(xorModel, options), xor, 5);
  const step = trainStep(xorModel, { ...options, packBelowElements: 100 });
  expect(step.graph.state.length).toBe(7);
  const packed = train(step, xor, 5);
  packed.losses.forEach((loss, i) => {
    expect(loss).toBeCloseTo(plain.losses[i]!, 12);
  });
});
