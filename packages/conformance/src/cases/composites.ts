// Composites, lowered natively or inlined, against the float64 reference of their decomposition.
import type { CompositeName } from "@fastgpu/core";
import type { OpCase } from "./op-case.ts";

type Attrs = Readonly<Record<string, unknown>>;

const activations: readonly CompositeName[] = [
  "relu",
  "selu",
  "gelu",
  "geluTanh",
  "silu",
  "softplus",
  "softsign",
  "hardSwish",
  "mish",
  "square",
  "stopGradient",
];

const tuned: readonly (readonly [CompositeName, Attrs])[] = [
  ["leakyRelu", { alpha: 0.1 }],
  ["elu", { alpha: 0.7 }],
  ["hardSigmoid", { alpha: 0.25, beta: 0.4 }],
  ["clip", { min: -0.5, max: 1 }],
];

const elementwise: OpCase[] = [...activations.map((op) => [op, {}] as const), ...tuned].flatMap(
  ([op, attrs]) =>
    ["f32[4,6]", "f32[0,2]", "f32[]", "f32[1]", "f32[3,1,37]", "f16[4,6]"].map((type): OpCase => ({
      op,
      operands: [type],
      attrs,
    })),
);

/** Far from 0, where a careless formula overflows. */
const far = [-1000, -100, -40, -20, 20, 40, 80, 1000];
const farOut: OpCase[] = [
  ...(["softplus", "silu", "mish", "selu", "gelu", "geluTanh", "hardSwish"] as const).map(
    (op): OpCase => ({ op, operands: ["f32[8]"], values: { 0: far }, note: "far out" }),
  ),
  ...(["softmax", "logSoftmax"] as const).map((op): OpCase => ({
    op,
    operands: ["f32[2,4]"],
    attrs: { axis: 1 },
    values: { 0: far },
    note: "far out",
  })),
  {
    op: "logSumExp",
    operands: ["f32[2,4]"],
    attrs: { axes: [1], keepDims: false },
    values: { 0: far },
    note: "far out",
  },
  {
    op: "sigmoidCrossEntropy",
    operands: ["f32[8]", "f32[8]"],
    values: { 0: far, 1: [0, 1, 0, 1, 0, 1, 0.5, 0] },
    note: "far out",
  },
];

const rows: OpCase[] = [
  ...["f32[4,6]", "f32[2,0,3]", "f32[5,1]", "f32[3,2,7]", "f16[4,6]"].flatMap((type): OpCase[] => [
    { op: "softmax", operands: [type], attrs: { axis: -1 } },
    { op: "softmax", operands: [type], attrs: { axis: 0 } },
    { op: "logSoftmax", operands: [type], attrs: { axis: -1 } },
    { op: "logSoftmax", operands: [type], attrs: { axis: 0 } },
  ]),
  { op: "softmax", operands: ["f32[2,4,3,3]"], attrs: { axis: 1 } },
  { op: "softmax", operands: ["f32[3,1000]"], attrs: { axis: 1 } },
  ...["f32[4,6]", "f32[2,3,5]"].flatMap((type): OpCase[] => [
    { op: "reduceMean", operands: [type], attrs: { axes: [0, -1], keepDims: false } },
    { op: "reduceMean", operands: [type], attrs: { axes: [1], keepDims: true } },
    { op: "reduceMean", operands: [type], attrs: { axes: [], keepDims: true } },
    { op: "logSumExp", operands: [type], attrs: { axes: [1], keepDims: true } },
    { op: "logSumExp", operands: [type], attrs: { axes: [0, 1], keepDims: false } },
  ]),
];

const indexes: OpCase[] = [
  {
    op: "oneHot",
    operands: ["i32[3]"],
    attrs: { depth: 4, dtype: "f32" },
    values: { 0: [2, 0, 1] },
  },
  {
    op: "oneHot",
    operands: ["i32[2,2]"],
    attrs: { depth: 3, dtype: "i32" },
    values: { 0: [2, 0, 3, -1] },
    note: "outside",
  },
  { op: "oneHot", operands: ["i32[0]"], attrs: { depth: 3, dtype: "f32" } },
  { op: "oneHot", operands: ["i32[]"], attrs: { depth: 1, dtype: "u8" }, values: { 0: [0] } },
];

const targets = Array.from({ length: 24 }, (_, i) => (i % 7 === 0 ? 1 : 0));
const losses: OpCase[] = [
  { op: "softmaxCrossEntropy", operands: ["f32[4,6]", "f32[4,6]"], values: { 1: targets } },
  { op: "softmaxCrossEntropy", operands: ["f32[2,3,5]", "f32[2,3,5]"], note: "any targets" },
  { op: "softmaxCrossEntropy", operands: ["f32[0,6]", "f32[0,6]"] },
  {
    op: "sparseSoftmaxCrossEntropy",
    operands: ["f32[4,6]", "i32[4]"],
    values: { 1: [0, 5, 2, 3] },
  },
  {
    op: "sparseSoftmaxCrossEntropy",
    operands: ["f32[2,2,3]", "i32[2,2]"],
    values: { 1: [0, 2, 1, 1] },
  },
  {
    op: "sparseSoftmaxCrossEntropy",
    operands: ["f32[3,4]", "i32[3]"],
    values: { 1: [2, 4, -1] },
    note: "labels outside",
  },
  { op: "sigmoidCrossEntropy", operands: ["f32[4,6]", "f32[4,6]"], values: { 1: targets } },
  { op: "sigmoidCrossEntropy", operands: ["f32[2,3]", "f32[3]"], values: { 1: [0, 1, 0.25] } },
];

const flags = {
  strides: [1, 1],
  padding: [
    [1, 1],
    [0, 0],
  ],
  dilations: [1, 1],
  groups: 2,
};
const affine: OpCase[] = [
  { op: "dense", operands: ["f32[4,6]", "f32[6,3]", "f32[3]"] },
  { op: "dense", operands: ["f32[2,2,6]", "f32[6,3]", "f32[3]"] },
  { op: "dense", operands: ["f32[1,1]", "f32[1,1]", "f32[1]"] },
  { op: "dense", operands: ["f32[0,6]", "f32[6,3]", "f32[3]"] },
  { op: "dense", operands: ["f32[3,0]", "f32[0,2]", "f32[2]"] },
  { op: "dense", operands: ["f32[33,65]", "f32[65,17]", "f32[17]"] },
  { op: "dense", operands: ["f16[4,6]", "f16[6,3]", "f16[3]"] },
  { op: "convBias", operands: ["f32[2,4,3,3]", "f32[4,2,2,3]", "f32[4]"], attrs: flags },
  { op: "convBias", operands: ["f16[2,4,3,3]", "f16[4,2,2,3]", "f16[4]"], attrs: flags },
  {
    op: "convBias",
    operands: ["f32[2,2,5]", "f32[3,2,2]", "f32[3]"],
    attrs: { strides: [2], padding: [[1, 0]], dilations: [1], groups: 1 },
  },
];

/** Scales and variances must be positive. */
const positive = [0.5, 1, 2, 1.5];
const channels = { 1: positive, 2: positive, 3: positive, 4: positive };
const norms: OpCase[] = [
  {
    op: "layerNorm",
    operands: ["f32[4,6]", "f32[6]", "f32[6]"],
    attrs: { axis: -1, epsilon: 1e-3 },
  },
  {
    op: "layerNorm",
    operands: ["f32[2,4,3,3]", "f32[3,3]", "f32[3,3]"],
    attrs: { axis: 2, epsilon: 1e-3 },
  },
  {
    op: "layerNorm",
    operands: ["f32[3,65]", "f32[65]", "f32[65]"],
    attrs: { axis: 1, epsilon: 1e-5 },
  },
  {
    op: "layerNorm",
    operands: ["f32[0,6]", "f32[6]", "f32[6]"],
    attrs: { axis: 1, epsilon: 1e-5 },
  },
  {
    op: "groupNorm",
    operands: ["f32[2,4,3,3]", "f32[4]", "f32[4]"],
    attrs: { groups: 2, epsilon: 1e-3 },
    values: channels,
  },
  {
    op: "groupNorm",
    operands: ["f32[2,4,5]", "f32[4]", "f32[4]"],
    attrs: { groups: 1, epsilon: 1e-3 },
  },
  {
    op: "batchNorm",
    operands: ["f32[2,4,3,3]", "f32[4]", "f32[4]", "f32[4]", "f32[4]"],
    attrs: { epsilon: 1e-3 },
    values: channels,
  },
  {
    op: "batchNorm",
    operands: ["f32[5,4]", "f32[4]", "f32[4]", "f32[4]", "f32[4]"],
    attrs: { epsilon: 1e-3 },
    values: channels,
  },
  {
    op: "batchNorm",
    operands: ["f32[2,4,3]", "f32[4]", "f32[4]", "f32[4]", "f32[4]"],
    attrs: { epsilon: 1e-3 },
    values: channels,
  },
  {
    op: "batchNormTraining",
    operands: ["f32[2,4,3,3]", "f32[4]", "f32[4]"],
    attrs: { epsilon: 1e-3 },
    values: channels,
  },
  {
    op: "batchNormTraining",
    operands: ["f32[5,4]", "f32[4]", "f32[4]"],
    attrs: { epsilon: 1e-3 },
    values: channels,
  },
];

/** Numbers whose quotients by any of the scales here stay clear of a half, where rounding would be a coin toss. */
const wave = Array.from({ length: 24 }, (_, i) => Math.fround(2 * Math.sin(1 + i * 2.3)));
const keys = { 1: [3, 9] };
const rest: OpCase[] = [
  { op: "dropout", operands: ["f32[4,6]", "i32[2]"], attrs: { rate: 0.4 }, values: keys },
  { op: "dropout", operands: ["f32[0]", "i32[2]"], attrs: { rate: 0.4 }, values: keys },
  { op: "dropout", operands: ["f32[3,3]", "i32[2]"], attrs: { rate: 0 }, values: keys },
  {
    op: "attention",
    operands: ["f32[2,3,4]", "f32[2,5,4]", "f32[2,5,2]"],
    attrs: { scale: 0.5, causal: false },
  },
  {
    op: "attention",
    operands: ["f32[2,2,4,3]", "f32[2,2,4,3]", "f32[2,2,4,3]"],
    attrs: { scale: 0.5, causal: true },
  },
  {
    op: "attention",
    operands: ["f32[1,1]", "f32[1,1]", "f32[1,1]"],
    attrs: { scale: 1, causal: true },
  },
  {
    op: "quantizeLinear",
    operands: ["f32[4,6]", "f32[]"],
    attrs: { axis: 0, dtype: "i8", zeroPoint: 3 },
    values: { 1: [0.0313] },
  },
  {
    op: "quantizeLinear",
    operands: ["f32[2,4,3,3]", "f32[4]"],
    attrs: { axis: 1, dtype: "u8", zeroPoint: 128 },
    values: { 1: [0.0313, 0.0217, 0.0129, 0.107] },
  },
  {
    op: "roundToHalf",
    operands: ["f32[8]"],
    // Ties go to the even side, below 2^-14 the steps are 2^-24.
    values: { 0: [0, -0.1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 65504, 3e-6, -3e-8, 1e-9] },
    note: "rounding",
  },
  {
    op: "dequantizeLinear",
    operands: ["u8[4,6]", "f32[]"],
    attrs: { axis: 0, zeroPoint: 7 },
    values: { 1: [0.03] },
  },
  {
    op: "dequantizeLinear",
    operands: ["i8[4,6]", "f32[6]"],
    attrs: { axis: 1, zeroPoint: -3 },
    values: { 1: [0.03, 0.1, 1, 0.5, 2, 0.25] },
  },
  {
    op: "lstmStep",
    operands: ["f32[3,4]", "f32[3,2]", "f32[3,2]", "f32[4,8]", "f32[2,8]", "f32[8]"],
  },
  {
    op: "gruStep",
    operands: ["f32[3,4]", "f32[3,2]", "f32[4,6]", "f32[2,6]", "f32[6]", "f32[6]"],
  },
  {
    op: "int8Matmul",
    operands: ["f32[4,6]", "i8[6,3]", "f32[3]"],
    values: { 0: wave, 2: [0.1, 0.2, 0.05] },
  },
  {
    op: "int8Matmul",
    operands: ["f32[2,3,4]", "i8[4,8]", "f32[8]"],
    values: { 0: wave.map((x) => Math.fround(x - 1.9)), 2: [0.1, 0.2, 0.05, 1, 2, 0.5, 0.25, 3] },
    note: "nearly all below 0",
  },
];

/** Op cases of the composites. */
export const compositeCases: readonly OpCase[] = [
  ...elementwise,
  ...farOut,
  ...rows,
  ...indexes,
  ...losses,
  ...affine,
  ...norms,
  ...rest,
];
