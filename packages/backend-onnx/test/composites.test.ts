// Composites on ONNX Runtime, lowered natively or inlined, against the float64 reference of their decomposition.
import {
  compositeNames,
  evaluate,
  GraphBuilder,
  sizeOf,
  tensorFrom,
  toNumbers,
  toReferences,
  type CompositeName,
  type Device,
  type DType,
  type Shape,
} from "@fastgpu/core";
import { afterAll, beforeAll, expect, it } from "vitest";
import backend from "../src/index.ts";

let device: Device;
beforeAll(async () => {
  const [cpu] = await backend.devices();
  device = await backend.open(cpu!, { threads: 1 });
});
afterAll(() => device.dispose());

type Operand = readonly [DType, Shape, (readonly number[])?];
const x: Operand = ["f32", [4, 6]];
const channels: Operand = ["f32", [4], [0.5, 1, 2, 1.5]];
const image: Operand = ["f32", [2, 4, 3, 3]];
const window = {
  strides: [1, 1],
  padding: [
    [1, 1],
    [0, 0],
  ],
  dilations: [1, 1],
  groups: 2,
};
const plain = [
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
] as const;
const cases: readonly (readonly [CompositeName, readonly Operand[], Record<string, unknown>])[] = [
  ...plain.flatMap((op) => [[op, [x], {}] as const, [op, [["f32", [0, 2]]], {}] as const]),
  ["leakyRelu", [x], { alpha: 0.1 }],
  ["elu", [x], { alpha: 0.7 }],
  ["hardSigmoid", [x], { alpha: 0.25, beta: 0.4 }],
  ["clip", [x], { min: -0.5, max: 1 }],
  ["reduceMean", [x], { axes: [0, -1], keepDims: false }],
  ["reduceMean", [x], { axes: [], keepDims: true }],
  ["logSumExp", [x], { axes: [1], keepDims: true }],
  ["softmax", [x], { axis: -1 }],
  ["softmax", [image], { axis: 1 }],
  ["logSoftmax", [x], { axis: 0 }],
  ["oneHot", [["i32", [3], [2, 0, 1]]], { depth: 4, dtype: "f32" }],
  [
    "softmaxCrossEntropy",
    [x, ["f32", [4, 6], Array.from({ length: 24 }, (_, i) => (i % 7 === 0 ? 1 : 0))]],
    {},
  ],
  ["sparseSoftmaxCrossEntropy", [x, ["i32", [4], [0, 5, 2, 3]]], {}],
  ["sigmoidCrossEntropy", [x, ["f32", [4, 6], Array.from({ length: 24 }, (_, i) => i % 2)]], {}],
  ["dense", [x, ["f32", [6, 3]], ["f32", [3]]], {}],
  [
    "dense",
    [
      ["f32", [2, 2, 6]],
      ["f32", [6, 3]],
      ["f32", [3]],
    ],
    {},
  ],
  ["convBias", [image, ["f32", [4, 2, 2, 3]], channels], window],
  ["layerNorm", [x, ["f32", [6]], ["f32", [6]]], { axis: -1, epsilon: 1e-3 }],
  ["layerNorm", [image, ["f32", [3, 3]], ["f32", [3, 3]]], { axis: 2, epsilon: 1e-3 }],
  ["groupNorm", [image, channels, channels], { groups: 2, epsilon: 1e-3 }],
  ["batchNorm", [image, channels, channels, channels, channels], { epsilon: 1e-3 }],
  ["batchNormTraining", [image, channels, channels], { epsilon: 1e-3 }],
  ["dropout", [x, ["i32", [2], [3, 9]]], { rate: 0.4 }],
  [
    "attention",
    [
      ["f32", [2, 3, 4]],
      ["f32", [2, 5, 4]],
      ["f32", [2, 5, 2]],
    ],
    { scale: 0.5, causal: false },
  ],
  ["quantizeLinear", [x, ["f32", [], [0.03]]], { axis: 0, dtype: "i8", zeroPoint: 3 }],
  [
    "quantizeLinear",
    [image, ["f32", [4], [0.03, 0.02, 0.01, 0.1]]],
    { axis: 1, dtype: "u8", zeroPoint: 128 },
  ],
  [
    "dequantizeLinear",
    [
      ["u8", [4, 6]],
      ["f32", [], [0.03]],
    ],
    { axis: 0, zeroPoint: 7 },
  ],
  ["int8Matmul", [x, ["i8", [6, 3]], ["f32", [3], [0.1, 0.2, 0.05]]], {}],
];

it("has a case for every composite", () => {
  expect(new Set(cases.map(([op]) => op))).toEqual(new Set(compositeNames));
});

const draw = ([dtype, shape, values]: Operand, position: number): readonly number[] =>
  values ??
  Array.from({ length: sizeOf(shape) }, (_, i) => {
    const wave = Math.sin(position + 1 + i * 2.3);
    return dtype === "f32" ? 2 * wave : Math.round(dtype === "u8" ? 100 + 100 * wave : 100 * wave);
  });

it.each(cases.map((entry, i) => [`${entry[0]} ${i}`, ...entry] as const))(
  "%s",
  async (_name, op, operands, attrs) => {
    const b = new GraphBuilder("case");
    const inputs = operands.map(([dtype, shape], i) => b.input(`x${i}`, dtype, shape));
    b.output("y", b.op(op, inputs, attrs as never));
    const graph = b.build();
    const feeds = Object.fromEntries(
      operands.map((operand, i) => [`x${i}`, tensorFrom(operand[0], operand[1], draw(operand, i))]),
    );
    const expected = evaluate(graph, toReferences(feeds)).outputs["y"]!;
    const program = await device.compile(graph);
    const { y } = await program.run(feeds);
    await program.dispose();
    expect({ dtype: y!.dtype, shape: y!.shape }).toEqual({
      dtype: expected.dtype,
      shape: expected.shape,
    });
    toNumbers(y!).forEach((value, i) => {
      const right = expected.data[i]!;
      // A few float32 roundings of intermediate values near 1.
      expect(Math.abs(value - right)).toBeLessThanOrEqual(2e-5 * Math.max(1, Math.abs(right)));
    });
  },
);
