// Training under mixed and f16: where casts go, that the numbers are those of f32 but for rounding, and that a step
// with an overflow changes nothing but the loss scale.
import { describe, expect, test } from "vitest";
import type { Graph } from "../graph/graph.ts";
import { verifyGraph } from "../graph/verify.ts";
import type { LayerSpec, ModelSpec } from "../model/spec.ts";
import { simplify } from "../passes/simplify.ts";
import { evaluate, toReferences, type RefMap } from "../reference/evaluate.ts";
import { sampleTensor } from "../reference/sample.ts";
import { evalStep } from "./eval-step.ts";
import { initialTrainState } from "./initial-state.ts";
import { trainStep, type TrainOptions } from "./train-step.ts";

function chain(
  shape: readonly number[],
  ...layers: readonly (readonly [string, object])[]
): ModelSpec {
  const specs = layers.map(([kind, config], i): LayerSpec => ({
    name: `layer${i + 1}`,
    kind,
    config: { ...config },
    inputs: [i === 0 ? "in" : `layer${i}`],
  }));
  return {
    name: "chain",
    layers: [{ name: "in", kind: "input", config: { shape: [...shape] }, inputs: [] }, ...specs],
    inputs: ["in"],
    outputs: [`layer${layers.length}`],
  };
}

const net = chain(
  [2, 6, 6],
  ["conv2d", { filters: 3, kernelSize: 3, activation: "relu" }],
  ["batchNorm", {}],
  ["flatten", {}],
  ["dropout", { rate: 0.25 }],
  ["dense", { units: 4, activation: "softmax", kernelRegularizer: { name: "l2", l2: 0.01 } }],
);
const options = {
  batch: 3,
  loss: "categoricalCrossentropy",
  metrics: ["accuracy"],
  optimizer: "adam",
  packBelowElements: 1000,
} as const;

const data: RefMap = {
  x: sampleTensor({ dtype: "f32", shape: [3, 2, 6, 6] }, 5),
  y: { dtype: "f32", shape: [3, 4], data: Float64Array.of(1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0) },
};

function typesOf(graph: Graph, op: string): Set<string> {
  const { nodes } = graph;
  return new Set(nodes.filter((node) => node.op === op).map(({ type }) => type.dtype));
}

function run(
  more: Partial<TrainOptions>,
  steps = 3,
  input: RefMap = data,
): { state: RefMap; losses: number[] } {
  const step = trainStep(net, { ...options, ...more });
  const graph = simplify(step.graph);
  verifyGraph(graph);
  let state: RefMap = toReferences(initialTrainState(step, 3));
  const losses = Array.from({ length: steps }, () => {
    const result = evaluate(graph, input, state);
    state = result.state;
    return result.outputs["loss"]!.data[0]!;
  });
  return { state, losses };
}

test("mixed puts products in f16 and nothing else", () => {
  const { graph } = trainStep(net, { ...options, precision: "mixed" });
  for (const op of ["convBias", "dense", "matmul", "convFilterGrad"]) {
    expect([...typesOf(graph, op)], op).toEqual(["f16"]);
  }
  for (const op of ["relu", "batchNormTraining", "softmaxCrossEntropy", "sqrt", "state", "input"]) {
    const found = typesOf(graph, op);
    found.delete("i32");
    if (found.size > 0) expect([...found], op).toEqual(["f32"]);
  }
});

test("f16 puts the model in f16, and keeps state, loss and update in f32", () => {
  const { graph } = trainStep(net, { ...options, precision: "f16" });
  for (const op of ["convBias", "dense", "relu", "matmul", "convFilterGrad"]) {
    expect([...typesOf(graph, op)], op).toEqual(["f16"]);
  }
  for (const op of ["softmaxCrossEntropy", "sqrt", "input"]) {
    expect([...typesOf(graph, op)], op).toEqual(["f32"]);
  }
  expect(typesOf(graph, "state")).toEqual(new Set(["f32", "i32"]));
});

test("emulated storage computes in f32, and what model ops read and give is rounded", () => {
  const { graph } = trainStep(net, { ...options, precision: "f16-storage-emulated" });
  expect(graph.nodes.some(({ type }) => type.dtype === "f16")).toBe(false);
  const readers = graph.nodes.filter(({ op }) => op === "convBias" || op === "dense");
  expect(readers.length).toBeGreaterThan(0);
  for (const { inputs, id } of readers) {
    const read = new Set(inputs.map((input) => graph.nodes[input]!.op));
    for (const op of ["relu", "reshape", "maxPool"]) read.delete(op as never);
    expect([...read]).toEqual(["roundToHalf"]);
    const next = graph.nodes.filter((node) => (node.inputs as readonly number[]).includes(id));
    expect(next.some(({ op }) => op === "roundToHalf")).toBe(true);
  }
});

describe.each(["mixed", "f16", "f16-storage-emulated"] as const)("%s", (precision) => {
  test("computes what f32 does: the reference does not round, so all else must agree", () => {
    const plain = run({});
    const found = run({ precision });
    found.losses.forEach((loss, i) => {
      // Constants of the f16 model, such as epsilons and dropout factors, are rounded to 11 bits.
      expect(Math.abs(loss - plain.losses[i]!)).toBeLessThan(precision === "mixed" ? 1e-6 : 2e-3);
    });
    expect(found.state["step"]!.data[0]).toBe(3);
    expect(found.state["lossScale"]!.data[0]).toBe(32768);
    const evaluation = evalStep(net, { ...options, precision });
    verifyGraph(evaluation.graph);
    const { layout } = trainStep(net, { ...options, precision });
    const packed = evalStep(net, { ...options, layout, precision }).graph;
    const exact = evalStep(net, { ...options, layout }).graph;
    const [a, b] = [packed, exact].map(
      (graph) => evaluate(simplify(graph), data, found.state).outputs["loss"]!.data[0]!,
    );
    expect(Math.abs(a! - b!)).toBeLessThan(2e-3);
  });

  test("an overflow changes nothing but the scale, which halves", () => {
    const x = { ...data["x"]!, data: data["x"]!.data.with(0, Infinity) };
    const before = run({ precision }, 2).state;
    const step = trainStep(net, { ...options, precision });
    const { state } = evaluate(step.graph, { ...data, x }, before);
    for (const [name, value] of Object.entries(before)) {
      if (name.startsWith("lossScale")) continue;
      expect(state[name]!.data, name).toEqual(value.data);
    }
    expect(before["lossScale/age"]!.data[0]).toBe(2);
    expect(state["lossScale"]!.data[0]).toBe(16384);
    expect(state["lossScale/age"]!.data[0]).toBe(0);
    // The next good step goes on from there.
    const next = evaluate(step.graph, data, state).state;
    expect(next["step"]!.data[0]).toBe(3);
    expect(next["lossScale"]!.data[0]).toBe(16384);
  });
});

test("the scale doubles after enough good steps and never passes 2^24", () => {
  const grown = run({ precision: "mixed", lossScaling: { scale: 4, growEvery: 2 } }, 5).state;
  expect(grown["lossScale"]!.data[0]).toBe(16);
  expect(grown["lossScale/age"]!.data[0]).toBe(1);
  const top = run({ precision: "mixed", lossScaling: { scale: 2 ** 24, growEvery: 1 } }, 2).state;
  expect(top["lossScale"]!.data[0]).toBe(2 ** 24);
});

test("a fixed scale cancels out", () => {
  const plain = run({});
  const scaled = run({ lossScaling: { scale: 1024 } });
  for (const [name, { data: values }] of Object.entries(plain.state)) {
    values.forEach((value, i) => {
      expect(Math.abs(scaled.state[name]!.data[i]! - value)).toBeLessThan(1e-12);
    });
  }
});
