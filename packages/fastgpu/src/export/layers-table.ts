// What each kind of layer is in TensorFlow.js: one layer or a short chain of them, with the weights in its order of axes.
import type { JsonObject } from "@fastgpu/core";
import type { Weight } from "./artifacts.ts";
import type { ExportedLayer, LayerExport, LayerToExport } from "./layer-export.ts";
import { exportedActivation } from "./layers-activation.ts";
import { convolution, depthwise, transposedConvolution } from "./layers-conv.ts";
import { globalPool, isChannelsFirst, pad2d, pool, upsample2d } from "./layers-spatial.ts";

const plain =
  (className: string): LayerExport =>
  () => [{ className, config: {} }];

const dense: LayerExport = (layer) => {
  const { config, parameter } = layer;
  const activation = exportedActivation(layer);
  const useBias = config["useBias"] ?? true;
  return [
    {
      className: "Dense",
      config: { units: config["units"], use_bias: useBias, activation: activation.name },
      weights: [
        { name: "kernel", tensor: parameter("kernel") },
        ...(useBias === true ? [{ name: "bias", tensor: parameter("bias") }] : []),
      ],
    },
    ...(activation.layer === undefined ? [] : [activation.layer]),
  ];
};

const activation: LayerExport = (layer) => {
  const { name, layer: own } = exportedActivation(layer);
  return [own ?? { className: "Activation", config: { activation: name } }];
};

/** Gamma and beta, where the layer has them. */
function scaleAndShift({ config, parameter }: LayerToExport): readonly Weight[] {
  return [
    ...((config["scale"] ?? true) === true ? [{ name: "gamma", tensor: parameter("gamma") }] : []),
    ...((config["center"] ?? true) === true ? [{ name: "beta", tensor: parameter("beta") }] : []),
  ];
}

const normalization = ({ config }: LayerToExport): JsonObject => ({
  epsilon: config["epsilon"] ?? 1e-3,
  center: config["center"] ?? true,
  scale: config["scale"] ?? true,
});

/** Along the last axis: the kernels of TensorFlow.js take running statistics along another one for those of the last. */
const batchNorm: LayerExport = (layer) => {
  const { output, parameter, refuse } = layer;
  const rank = output.length;
  if (rank > 3) return refuse("input must have 3 axes at most", rank);
  const norm: ExportedLayer = {
    className: "BatchNormalization",
    config: { ...normalization(layer), axis: -1, momentum: layer.config["momentum"] ?? 0.99 },
    weights: [
      ...scaleAndShift(layer),
      { name: "moving_mean", tensor: parameter("movingMean") },
      { name: "moving_variance", tensor: parameter("movingVariance") },
    ],
  };
  if (rank === 1 || !isChannelsFirst(layer)) return [norm];
  const spatial = Array.from({ length: rank - 1 }, (_, i) => i + 1);
  const toLast = { dims: [...spatial.map((axis) => axis + 1), 1] };
  const toFirst = { dims: [rank, ...spatial] };
  return [
    { className: "Permute", config: toLast },
    norm,
    { className: "Permute", config: toFirst },
  ];
};

const layerNorm: LayerExport = (layer) => {
  const rank = layer.output.length + 1;
  const given = Number(layer.config["axis"] ?? -1);
  const first = given < 0 ? given + rank : given;
  const axis = Array.from({ length: rank - first }, (_, i) => first + i);
  return [
    {
      className: "LayerNormalization",
      config: { ...normalization(layer), axis },
      weights: scaleAndShift(layer),
    },
  ];
};

const embedding: LayerExport = ({ config, parameter }) => [
  {
    className: "Embedding",
    config: { input_dim: config["inputDim"], output_dim: config["outputDim"] },
    weights: [{ name: "embeddings", tensor: parameter("embeddings") }],
  },
];

const missing =
  (what: string): LayerExport =>
  ({ refuse }) =>
    refuse("layer must be one that TensorFlow.js has", what);

/** By kind of layer. Kinds that are not here have no counterpart. */
export const layerExports: Readonly<Record<string, LayerExport>> = {
  input: ({ output, dtype }) => [
    {
      className: "InputLayer",
      config: {
        batch_input_shape: [null, ...output],
        dtype: dtype === "i32" ? "int32" : "float32",
        sparse: false,
      },
    },
  ],
  dense,
  activation,
  conv1d: convolution(1),
  conv2d: convolution(2),
  conv3d: convolution(3),
  conv1dTranspose: missing("conv1dTranspose"),
  conv2dTranspose: transposedConvolution(2),
  conv3dTranspose: transposedConvolution(3),
  depthwiseConv2d: depthwise,
  maxPool1d: pool("MaxPooling", 1),
  maxPool2d: pool("MaxPooling", 2),
  maxPool3d: pool("MaxPooling", 3),
  avgPool1d: pool("AveragePooling", 1),
  avgPool2d: pool("AveragePooling", 2),
  avgPool3d: pool("AveragePooling", 3),
  globalAvgPool: globalPool("GlobalAveragePooling"),
  globalMaxPool: globalPool("GlobalMaxPooling"),
  pad2d,
  upsample2d,
  batchNorm,
  layerNorm,
  embedding,
  dropout: ({ config }) => [{ className: "Dropout", config: { rate: config["rate"] ?? 0.5 } }],
  flatten: plain("Flatten"),
  // Sizes that were left open are known by now.
  reshape: ({ output }) => [{ className: "Reshape", config: { target_shape: [...output] } }],
  permute: ({ config }) => [{ className: "Permute", config: { dims: config["dims"] } }],
  add: plain("Add"),
  multiply: plain("Multiply"),
  average: plain("Average"),
  maximum: plain("Maximum"),
  minimum: plain("Minimum"),
  concat: ({ config }) => [{ className: "Concatenate", config: { axis: config["axis"] ?? -1 } }],
};
