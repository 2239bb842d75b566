// Whole training steps: a small perceptron and a small convolutional net with every optimizer, packed parameters, clipping,
// moving averages, schedules, several steps in one program, and the reduced precisions.
import {
  initialTrainState,
  simplify,
  toReferences,
  unroll,
  type NamedConfig,
  type TrainOptions,
} from "@fastgpu/core";
import type { ConformanceCase } from "../case.ts";
import { programCase, type Program } from "../program-case.ts";
import { chainModel, trainProgram } from "./train-program.ts";

const perceptron = chainModel(
  [12],
  [
    ["dense", { units: 7, activation: "sigmoid" }],
    ["dense", { units: 5, activation: "softmax" }],
  ],
);

const convolutional = chainModel(
  [1, 8, 8],
  [
    ["conv2d", { filters: 3, kernelSize: 3, padding: "same", activation: "relu" }],
    ["maxPool2d"],
    // Without a bias: batchNorm takes it out again, so that its gradient would be nothing but rounding.
    ["conv2d", { filters: 4, kernelSize: 3, padding: "same", useBias: false }],
    ["batchNorm"],
    ["activation", { activation: "relu" }],
    ["maxPool2d"],
    ["flatten"],
    ["dropout", { rate: 0.25 }],
    ["dense", { units: 5, activation: "softmax" }],
  ],
);

const models = { perceptron, convolutional };

const base = { batch: 6, loss: "categoricalCrossentropy", metrics: ["accuracy"] } as const;

/** Optimizers whose step is smooth in the gradient. Lion's is not: near 0 the sign of its direction is a coin toss. */
const optimizers: readonly NamedConfig[] = [
  "sgd",
  "momentum",
  "nesterov",
  { name: "adam", epsilon: 1e-3 },
  { name: "adamw", epsilon: 1e-3 },
  { name: "adagrad", epsilon: 1e-3 },
  { name: "rmsprop", epsilon: 1e-2, centered: true, momentum: 0.5 },
  { name: "lamb", epsilon: 1e-3 },
];

const variants: Readonly<Record<string, Partial<TrainOptions>>> = {
  "packed parameters": { packBelowElements: 1000 },
  "clipping by value": { clip: { kind: "value", bound: 0.01 } },
  "clipping by norm": { clip: { kind: "norm", bound: 0.05 } },
  "clipping by global norm": { clip: { kind: "globalNorm", bound: 0.05 } },
  "a moving average": { ema: { decay: 0.9 } },
  "a schedule": {
    optimizer: { name: "sgd", learningRate: { name: "cosine", initial: 0.1, steps: 4 } },
  },
};

const modelCases: ConformanceCase[] = Object.entries(models).flatMap(([name, spec]) => [
  ...optimizers.map((optimizer) =>
    programCase(
      `model/${name} with ${typeof optimizer === "string" ? optimizer : optimizer.name}`,
      () => trainProgram({ spec, options: { ...base, optimizer }, targets: "oneHot", runs: 3 }),
    ),
  ),
  ...Object.entries(variants).map(([title, options]) =>
    programCase(`model/${name} with ${title}`, () =>
      trainProgram({
        spec,
        options: { ...base, optimizer: { name: "momentum", learningRate: 0.05 }, ...options },
        targets: "oneHot",
        runs: 3,
      }),
    ),
  ),
]);

/** Four steps in one program; inputs are stacked. */
function unrolledProgram(): Program {
  const source = trainProgram({
    spec: perceptron,
    options: { ...base, optimizer: { name: "momentum", learningRate: 0.05 } },
    targets: "oneHot",
    runs: 4,
  });
  const names = Object.keys(source.runs[0] ?? {});
  const stacked = names.map((name) => {
    const parts = source.runs.flatMap((feeds) => feeds[name] ?? []);
    const [first] = parts;
    if (first === undefined) throw new TypeError(`input "${name}" must be fed`);
    const data = Float64Array.from(parts.flatMap((part) => [...part.data]));
    return [name, { dtype: first.dtype, shape: [parts.length, ...first.shape], data }] as const;
  });
  const graph = unroll(source.graph, 4);
  return {
    graph,
    runs: [Object.fromEntries(stacked)],
    ...(source.state === undefined ? {} : { state: source.state }),
  };
}

/** Training in a reduced precision, as the runtime sets it up. */
function reducedProgram(precision: "mixed" | "f16" | "f16-storage-emulated"): Program {
  const { step, runs } = trainProgram({
    spec: perceptron,
    options: { ...base, optimizer: { name: "sgd", learningRate: 0.05 }, precision },
    targets: "oneHot",
  });
  return {
    graph: simplify(step.graph),
    runs,
    state: toReferences(initialTrainState(step, 5)),
  };
}

/** Cases of whole training steps. */
export const wholeModelCases: readonly ConformanceCase[] = [
  ...modelCases,
  programCase("model/perceptron, four steps in one program", unrolledProgram),
  programCase("model/perceptron in mixed precision", () => reducedProgram("mixed")),
  programCase("model/perceptron in f16", () => reducedProgram("f16")),
  programCase("model/perceptron stored in f16", () => reducedProgram("f16-storage-emulated")),
];
