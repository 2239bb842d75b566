// Every layer kind, activation, penalty and loss: two training steps, forward and backward, through the layer and into
// a trainable layer before it, against the reference.
import type { JsonObject, NamedConfig } from "@fastgpu/core";
import type { ConformanceCase } from "../case.ts";
import { programCase } from "../program-case.ts";
import { chainModel, trainProgram, type Link, type Targets } from "./train-program.ts";

/** Samples and options of one layer. */
interface LayerCase {
  readonly shape: readonly number[];
  readonly config?: JsonObject;
  readonly dtype?: "i32";
}

const plain = (...shapes: readonly (readonly number[])[]): LayerCase[] =>
  shapes.map((shape) => ({ shape }));
const one = (shape: readonly number[], config: JsonObject = {}): LayerCase => ({ shape, config });

/** Layers of one input, by kind. */
const layers: Readonly<Record<string, readonly LayerCase[]>> = {
  activation: [one([5], { activation: "tanh" })],
  batchNorm: plain([4], [3, 4, 4]),
  conv1d: [
    one([3, 8], { filters: 4, kernelSize: 3 }),
    one([3, 8], { filters: 2, kernelSize: 3, padding: "causal", dilationRate: 2 }),
    one([8, 3], { filters: 2, kernelSize: 2, strides: 2, dataFormat: "channelsLast" }),
  ],
  conv2d: [
    one([2, 5, 6], { filters: 3, kernelSize: 3, padding: "same", activation: "relu" }),
    one([4, 6, 6], { filters: 4, kernelSize: [2, 3], strides: 2, groups: 2, useBias: false }),
    one([5, 5, 2], {
      filters: 3,
      kernelSize: 3,
      strides: 2,
      padding: "same",
      dataFormat: "channelsLast",
    }),
    one([1, 7, 7], { filters: 2, kernelSize: 3, dilationRate: 2, padding: 1 }),
  ],
  conv3d: [one([2, 4, 3, 4], { filters: 2, kernelSize: 2, padding: "same" })],
  conv1dTranspose: [one([3, 5], { filters: 2, kernelSize: 3, strides: 2 })],
  conv2dTranspose: [
    one([3, 4, 4], { filters: 2, kernelSize: 3, strides: 2, padding: "same" }),
    one([4, 3, 3], { filters: 2, kernelSize: 2, strides: 2, padding: "valid" }),
  ],
  conv3dTranspose: [one([2, 2, 2, 2], { filters: 2, kernelSize: 2, strides: 2 })],
  dense: [one([5], { units: 3 }), one([2, 5], { units: 3, activation: "relu", useBias: false })],
  depthwiseConv2d: [
    one([3, 5, 5], { kernelSize: 3 }),
    one([3, 5, 5], { kernelSize: 3, depthMultiplier: 2, padding: "same", strides: 2 }),
  ],
  dropout: [one([6], { rate: 0.4 }), one([2, 3, 3], { rate: 0.2 })],
  embedding: [
    { shape: [4], config: { inputDim: 5, outputDim: 3 }, dtype: "i32" },
    { shape: [], config: { inputDim: 5, outputDim: 3 }, dtype: "i32" },
  ],
  flatten: plain([2, 3, 2]),
  groupNorm: [one([4, 3, 3], { groups: 2 })],
  layerNorm: [one([6]), one([3, 4], { axis: -1 })],
  pad1d: [one([2, 4], { padding: 1 })],
  pad2d: [
    one([2, 3, 3], {
      padding: [
        [1, 0],
        [0, 2],
      ],
    }),
  ],
  pad3d: [one([1, 2, 2, 2], { padding: 1 })],
  permute: [one([2, 3, 4], { dims: [3, 1, 2] })],
  reshape: [one([2, 6], { targetShape: [3, -1] })],
  avgPool1d: [
    one([2, 7], { poolSize: 2 }),
    one([2, 7], { poolSize: 3, strides: 2, padding: "same" }),
  ],
  avgPool2d: [one([2, 4, 6]), one([2, 5, 5], { poolSize: 3, strides: 2, padding: "same" })],
  avgPool3d: [one([1, 4, 4, 4])],
  maxPool1d: [
    one([2, 7], { poolSize: 2 }),
    one([2, 7], { poolSize: 3, strides: 2, padding: "same" }),
  ],
  maxPool2d: [
    one([2, 4, 6]),
    one([2, 5, 5], { poolSize: 3, strides: 2, padding: "same" }),
    one([4, 4, 2], { dataFormat: "channelsLast" }),
  ],
  maxPool3d: [one([1, 4, 4, 4])],
  globalAvgPool: [one([3, 4, 4]), one([3, 5], { keepDims: true })],
  globalMaxPool: [one([3, 4, 4])],
  upsample1d: [one([2, 3], { size: 2 })],
  upsample2d: [one([2, 3, 3]), one([2, 3, 3], { interpolation: "bilinear" })],
  upsample3d: [one([1, 2, 2, 2])],
};

/** Layers of several inputs, by kind. */
const merges = ["add", "average", "concat", "maximum", "minimum", "multiply", "subtract"];

const activations = [
  "linear",
  "relu",
  "relu6",
  "leakyRelu",
  "elu",
  "selu",
  "gelu",
  "geluTanh",
  "silu",
  "softplus",
  "softsign",
  "hardSigmoid",
  "hardSwish",
  "mish",
  "tanh",
  "sigmoid",
  "exponential",
  "softmax",
  "logSoftmax",
];

const losses: readonly (readonly [NamedConfig, Targets, string])[] = [
  ["meanSquaredError", "any", "linear"],
  ["meanAbsoluteError", "any", "linear"],
  ["huber", "any", "linear"],
  ["binaryCrossentropy", "binary", "sigmoid"],
  [{ name: "binaryCrossentropy", fromLogits: true }, "binary", "linear"],
  ["categoricalCrossentropy", "oneHot", "softmax"],
  [{ name: "categoricalCrossentropy", fromLogits: true, labelSmoothing: 0.1 }, "oneHot", "linear"],
  ["sparseCategoricalCrossentropy", "labels", "softmax"],
  [{ name: "sparseCategoricalCrossentropy", fromLogits: true }, "labels", "linear"],
  ["hinge", "signs", "tanh"],
  ["squaredHinge", "signs", "tanh"],
  ["categoricalHinge", "oneHot", "softmax"],
  ["klDivergence", "oneHot", "softmax"],
  ["cosineSimilarity", "any", "linear"],
];

/** Two steps of gradient descent on a chain. */
function chainCase(
  name: string,
  shape: readonly number[],
  links: readonly Link[],
  loss: NamedConfig = "meanSquaredError",
  more: { targets?: Targets; dtype?: string } = {},
): ConformanceCase {
  const { targets = "any", dtype } = more;
  return programCase(name, () =>
    trainProgram({
      spec: chainModel(shape, links, dtype),
      options: {
        batch: 3,
        loss,
        optimizer: { name: "sgd", learningRate: 0.05 },
      },
      targets,
    }),
  );
}

/** Cases of all layer kinds but `input`, which every case has. */
const layerKindCases: ConformanceCase[] = Object.entries(layers).flatMap(([kind, entries]) =>
  entries.map(({ shape, config = {}, dtype }) => {
    const name = `layer/${kind} [${shape.join()}] ${JSON.stringify(config)}`;
    const layer: Link = [kind, config];
    if (dtype !== undefined) return chainCase(name, shape, [layer], "meanSquaredError", { dtype });
    const before: Link = ["dense", { units: shape.at(-1) ?? 1 }];
    return chainCase(name, shape, [before, layer]);
  }),
);

const mergeCases: ConformanceCase[] = merges.map((kind) =>
  programCase(`layer/${kind} of three`, () => {
    const branches = ["a", "b", "c"].slice(0, kind === "subtract" ? 2 : 3);
    const {
      layers: [input],
    } = chainModel([4], []);
    if (input === undefined) throw new TypeError("chain must start with an input");
    const dense = branches.map((name) => ({
      name,
      kind: "dense",
      config: { units: 4, activation: "tanh" },
      inputs: ["input"],
    }));
    const merge = { name: "merge", kind, config: {}, inputs: branches };
    return trainProgram({
      spec: { name: kind, layers: [input, ...dense, merge], inputs: ["input"], outputs: ["merge"] },
      options: {
        batch: 3,
        loss: "meanSquaredError",
        optimizer: { name: "sgd", learningRate: 0.05 },
      },
    });
  }),
);

const activationCases = activations.map((activation) =>
  chainCase(`layer/dense with ${activation}`, [5], [["dense", { units: 4, activation }]]),
);

const lossCases = losses.map(([loss, targets, activation]) => {
  const name = typeof loss === "string" ? loss : JSON.stringify(loss);
  return chainCase(`loss/${name}`, [5], [["dense", { units: 4, activation }]], loss, { targets });
});

const penaltyCases = [
  { name: "l1", l1: 0.05 },
  { name: "l2", l2: 0.05 },
  { name: "l1l2", l1: 0.02, l2: 0.03 },
].map((kernelRegularizer) =>
  chainCase(
    `layer/dense with ${kernelRegularizer.name} penalty`,
    [5],
    [["dense", { units: 4, kernelRegularizer }]],
  ),
);

/** Kinds of layers that have a case. */
export const coveredLayerKinds: readonly string[] = ["input", ...Object.keys(layers), ...merges];

/** Cases of layers, activations, penalties and losses. */
export const layerCases: readonly ConformanceCase[] = [
  ...layerKindCases,
  ...mergeCases,
  ...activationCases,
  ...lossCases,
  ...penaltyCases,
];
