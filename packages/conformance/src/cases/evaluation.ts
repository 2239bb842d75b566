// Programs that leave the state alone: every metric, and predictions in f32, f16 and int8, with the state live and frozen.
import {
  applyPrecision,
  castState,
  evalStep,
  initialTrainState,
  precisionPolicies,
  predictStep,
  quantizeWeights,
  toReferences,
  trainStep,
  type Graph,
  type NamedConfig,
  type RefMap,
  type TensorMap,
} from "@fastgpu/core";
import type { ConformanceCase } from "../case.ts";
import { programCase, type Program } from "../program-case.ts";
import { chainModel, sampleBatch, type Link, type Targets } from "./train-program.ts";

/** A metric with the targets and the activation that it is for. */
const metrics: readonly (readonly [NamedConfig, Targets, string])[] = [
  ["accuracy", "oneHot", "softmax"],
  ["accuracy", "labels", "softmax"],
  ["accuracy", "binary", "sigmoid"],
  ["binaryAccuracy", "binary", "sigmoid"],
  ["categoricalAccuracy", "oneHot", "softmax"],
  ["sparseCategoricalAccuracy", "labels", "softmax"],
  [{ name: "topKAccuracy", k: 2 }, "labels", "softmax"],
  [{ name: "topKAccuracy", k: 3 }, "oneHot", "softmax"],
  ["precision", "oneHot", "softmax"],
  [{ name: "recall", average: "micro" }, "labels", "softmax"],
  ["f1", "oneHot", "softmax"],
  [{ name: "precision", threshold: 0.4 }, "binary", "sigmoid"],
  [{ name: "auc", bins: 20 }, "binary", "sigmoid"],
  ["meanAbsoluteError", "any", "linear"],
  ["meanSquaredError", "any", "linear"],
  ["rootMeanSquaredError", "any", "linear"],
  ["r2", "any", "linear"],
];

const lossOf: Readonly<Record<Targets, string>> = {
  any: "meanSquaredError",
  oneHot: "categoricalCrossentropy",
  labels: "sparseCategoricalCrossentropy",
  binary: "binaryCrossentropy",
  signs: "hinge",
};

const batch = 9;

/** The state of a model before any training. */
function stateOf(links: readonly Link[], shape: readonly number[]): TensorMap {
  const spec = chainModel(shape, links);
  const step = trainStep(spec, { batch, loss: "meanSquaredError", optimizer: "sgd" });
  return initialTrainState(step, 11);
}

function metricProgram([metric, targets, activation]: (typeof metrics)[number]): Program {
  const links: Link[] = [["dense", { units: 4, activation }]];
  const spec = chainModel([5], links);
  const options = { batch, loss: lossOf[targets], metrics: [metric] };
  const { graph } = evalStep(spec, options);
  const runs = [3, 4].map((seed): RefMap => sampleBatch(spec, batch, targets, seed * 50));
  return { graph, runs, state: slotsOf(graph, toReferences(stateOf(links, [5]))) };
}

/** The slots that a graph has. */
function slotsOf(graph: Graph, state: RefMap): RefMap {
  const names = graph.state.map(({ name }) => name);
  return Object.fromEntries(Object.entries(state).filter(([name]) => names.includes(name)));
}

const perceptron: Link[] = [
  ["dense", { units: 8, activation: "relu" }],
  ["dense", { units: 4, activation: "softmax" }],
];
const convolutional: Link[] = [
  ["conv2d", { filters: 4, kernelSize: 3, padding: "same", activation: "relu" }],
  ["batchNorm"],
  ["maxPool2d"],
  ["dropout"],
  ["globalAvgPool"],
  ["dense", { units: 4, activation: "softmax" }],
];
const models = {
  perceptron: { links: perceptron, shape: [6] },
  convolutional: { links: convolutional, shape: [2, 6, 6] },
};

function predictProgram(
  name: keyof typeof models,
  precision: "f32" | "f16" | "int8",
  isFrozen: boolean,
): Program {
  const { links, shape } = models[name];
  const spec = chainModel(shape, links);
  const plain = predictStep(spec, { batch });
  const graph = applyPrecision(plain, precisionPolicies[precision]);
  const values = stateOf(links, shape);
  const stored = precision === "int8" ? quantizeWeights(graph, values) : castState(graph, values);
  const { x } = sampleBatch(spec, batch, "any", 17);
  const state = slotsOf(graph, toReferences(stored));
  return { graph, runs: [{ x }], state, isFrozen };
}

const predictions = (["perceptron", "convolutional"] as const).flatMap((name) =>
  (["f32", "f16"] as const).flatMap((precision) =>
    [false, true].map((isFrozen) =>
      programCase(`predict/${name} in ${precision}${isFrozen ? " with frozen state" : ""}`, () =>
        predictProgram(name, precision, isFrozen),
      ),
    ),
  ),
);

/** Cases of evaluation and prediction. */
export const evaluationCases: readonly ConformanceCase[] = [
  ...metrics.map((entry) => {
    const [metric, targets] = entry;
    const name = typeof metric === "string" ? metric : JSON.stringify(metric);
    return programCase(`metric/${name} of ${targets}`, () => metricProgram(entry));
  }),
  ...predictions,
  programCase("predict/perceptron in int8", () => predictProgram("perceptron", "int8", false)),
  programCase("predict/perceptron in int8 with frozen state", () =>
    predictProgram("perceptron", "int8", true),
  ),
];
