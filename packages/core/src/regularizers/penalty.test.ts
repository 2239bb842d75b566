// Penalties in training programs: loss and step of a linear model against arithmetic by hand.
import { expect, test } from "vitest";
import { GraphBuilder } from "../graph/builder.ts";
import type { JsonObject, NamedConfig } from "../model/config.ts";
import type { ModelSpec } from "../model/spec.ts";
import { evaluate, type RefMap } from "../reference/evaluate.ts";
import { checkGradient, gradientGraph } from "../reference/gradient-check.ts";
import { trainStep } from "../train/train-step.ts";
import { lossScaleSlots } from "../train/loss-scale.ts";
import { penaltyGradient, penaltyOf } from "./penalty.ts";

const weights = [0.5, -1.5, 2, -0.25];

function model(config: JsonObject): ModelSpec {
  return {
    name: "linear",
    layers: [
      { name: "in", kind: "input", config: { shape: [2] }, inputs: [] },
      { name: "out", kind: "dense", config: { units: 2, ...config }, inputs: ["in"] },
    ],
    inputs: ["in"],
    outputs: ["out"],
  };
}

function tensor(shape: readonly number[], data: readonly number[]): RefMap[string] {
  return { dtype: "f32", shape, data: Float64Array.from(data) };
}

const cases: readonly (readonly [NamedConfig, number, number])[] = [
  ["l1", 0.01, 0],
  ["l2", 0, 0.01],
  [{ name: "l1", l1: 0.25 }, 0.25, 0],
  [{ name: "l2", l2: 0.5 }, 0, 0.5],
  [{ name: "l1l2", l1: 0.125, l2: 0.5 }, 0.125, 0.5],
];

test.each(cases)(
  "%o adds l1 |w| + l2 w^2 to the loss and its slope to the step",
  (named, l1, l2) => {
    const spec = model({ kernelRegularizer: named, useBias: false });
    // Zero inputs and targets: all loss and gradient come from the penalty.
    const data = {
      x: tensor([3, 2], new Array(6).fill(0)),
      y: tensor([3, 2], new Array(6).fill(0)),
    };
    const penalty = weights.reduce((sum, w) => sum + l1 * Math.abs(w) + l2 * w ** 2, 0);
    const slopes = weights.map((w) => l1 * Math.sign(w) + 2 * l2 * w);
    for (const lossScaling of [undefined, { scale: 1024 }]) {
      const scaling = lossScaling === undefined ? {} : { lossScaling };
      const step = trainStep(spec, {
        batch: 3,
        loss: "mse",
        optimizer: { name: "sgd", learningRate: 0.5 },
        ...scaling,
      });
      expect(step.graph.state.map(({ name }) => name)).not.toContain(lossScaleSlots.scale);
      const state = {
        "out/kernel": tensor([2, 2], weights),
        step: { ...tensor([], [0]), dtype: "i32" as const },
      };
      const run = evaluate(step.graph, data, state);
      expect(run.outputs["loss"]!.data[0]).toBeCloseTo(penalty, 6);
      weights.forEach((w, i) => {
        expect(run.state["out/kernel"]!.data[i]).toBeCloseTo(w - 0.5 * slopes[i]!, 6);
      });
    }
  },
);

test.each(cases)("%o: the gradient rule is the gradient of the penalty", (_, l1, l2) => {
  const builder = new GraphBuilder("penalty");
  const w = builder.input("w", "f32", [4]);
  builder.output("penalty", penaltyOf(w, { l1, l2 }));
  const graph = builder.build();
  const inputs = { w: tensor([4], weights) };
  expect(checkGradient(graph, inputs).faults).toEqual([]);
  const rule = new GraphBuilder("rule");
  rule.output("w", penaltyGradient(rule.input("w", "f32", [4]), { l1, l2 }));
  const [byRule, derived] = [rule.build(), gradientGraph(graph)].map(
    (program) => evaluate(program, inputs).outputs["w"]!.data,
  );
  // The check weighs its only output by a number of its own.
  const weight = derived![0]! / byRule![0]!;
  byRule!.forEach((value, i) => {
    expect(derived![i]).toBeCloseTo(value * weight, 6);
  });
});

test("a bias may have its own, and a factor below 0 is refused", () => {
  const options = { batch: 1, loss: "mse", optimizer: "sgd" } as const;
  const { parameters } = trainStep(model({ biasRegularizer: { name: "l2", l2: 1 } }), options);
  expect(parameters.find(({ name }) => name === "out/bias")?.penalty).toEqual({ l1: 0, l2: 1 });
  expect(parameters.find(({ name }) => name === "out/kernel")?.penalty).toBeUndefined();
  expect(() => trainStep(model({ kernelRegularizer: { name: "l2", l2: -1 } }), options)).toThrow(
    'layer "out" (dense): kernelRegularizer l2: l2 must be a number >= 0, got -1',
  );
});
