// The layer functions against the core's table: every kind, every name of an option, shapes at once, clear mistakes.
import { layerKinds, lowerModel, resolveModel } from "@fastgpu/core";
import { describe, expect, test } from "vitest";
import * as fg from "../src/index.ts";

const { layers } = fg;
const image = (): fg.SymbolicTensor => fg.input([3, 8, 8]);
const row = (): fg.SymbolicTensor => fg.input([3, 8]);
const volume = (): fg.SymbolicTensor => fg.input([3, 4, 4, 4]);
const flat = (): fg.SymbolicTensor => fg.input(6);

/** Each kind with options that matter, and the shape it makes by its definition. */
const cases: Readonly<Record<string, readonly [() => fg.SymbolicTensor, readonly number[]]>> = {
  input: [() => fg.input([2, 3]), [2, 3]],
  dense: [() => layers.dense(5, { activation: "gelu", useBias: false }).apply(flat()), [5]],
  activation: [() => layers.activation({ name: "leakyRelu", alpha: 0.1 }).apply(flat()), [6]],
  flatten: [() => layers.flatten().apply(image()), [192]],
  reshape: [() => layers.reshape([2, -1]).apply(flat()), [2, 3]],
  permute: [() => layers.permute([2, 3, 1]).apply(image()), [8, 8, 3]],
  dropout: [() => layers.dropout(0.3).apply(flat()), [6]],
  embedding: [() => layers.embedding(10, 4).apply(fg.input(5, { dtype: "i32" })), [5, 4]],
  conv1d: [() => layers.conv1d(4, 3, { padding: "causal" }).apply(row()), [4, 8]],
  conv2d: [() => layers.conv2d(4, [3, 1], { strides: 2 }).apply(image()), [4, 3, 4]],
  conv3d: [() => layers.conv3d(4, 3, { padding: "same" }).apply(volume()), [4, 4, 4, 4]],
  conv1dTranspose: [() => layers.conv1dTranspose(4, 3, { strides: 2 }).apply(row()), [4, 17]],
  conv2dTranspose: [
    () => layers.conv2dTranspose(4, 3, { strides: 2, padding: "same" }).apply(image()),
    [4, 16, 16],
  ],
  conv3dTranspose: [() => layers.conv3dTranspose(2, 2).apply(volume()), [2, 5, 5, 5]],
  depthwiseConv2d: [
    () => layers.depthwiseConv2d(3, { depthMultiplier: 2 }).apply(image()),
    [6, 6, 6],
  ],
  maxPool1d: [() => layers.maxPool1d().apply(row()), [3, 4]],
  maxPool2d: [() => layers.maxPool2d({ poolSize: 3, strides: 1 }).apply(image()), [3, 6, 6]],
  maxPool3d: [() => layers.maxPool3d().apply(volume()), [3, 2, 2, 2]],
  avgPool1d: [() => layers.avgPool1d({ padding: 1 }).apply(row()), [3, 5]],
  avgPool2d: [() => layers.avgPool2d({ dataFormat: "channelsLast" }).apply(image()), [1, 4, 8]],
  avgPool3d: [() => layers.avgPool3d().apply(volume()), [3, 2, 2, 2]],
  globalMaxPool: [() => layers.globalMaxPool({ keepDims: true }).apply(image()), [3, 1, 1]],
  globalAvgPool: [() => layers.globalAvgPool().apply(image()), [3]],
  batchNorm: [() => layers.batchNorm({ momentum: 0.9 }).apply(image()), [3, 8, 8]],
  layerNorm: [() => layers.layerNorm({ axis: 1 }).apply(image()), [3, 8, 8]],
  groupNorm: [() => layers.groupNorm({ groups: 3 }).apply(image()), [3, 8, 8]],
  add: [() => layers.add().apply([flat(), flat(), flat()]), [6]],
  subtract: [() => layers.subtract().apply([flat(), flat()]), [6]],
  multiply: [() => layers.multiply().apply([flat(), flat()]), [6]],
  average: [() => layers.average().apply([flat(), flat()]), [6]],
  maximum: [() => layers.maximum().apply([flat(), flat()]), [6]],
  minimum: [() => layers.minimum().apply([flat(), flat()]), [6]],
  concat: [() => layers.concat({ axis: 1 }).apply([image(), image()]), [6, 8, 8]],
  upsample1d: [() => layers.upsample1d({ size: 3 }).apply(row()), [3, 24]],
  upsample2d: [() => layers.upsample2d({ interpolation: "bilinear" }).apply(image()), [3, 16, 16]],
  upsample3d: [() => layers.upsample3d().apply(volume()), [3, 8, 8, 8]],
  pad1d: [() => layers.pad1d().apply(row()), [3, 10]],
  pad2d: [() => layers.pad2d({ padding: [[1, 2], 0], value: 1 }).apply(image()), [3, 11, 8]],
  pad3d: [() => layers.pad3d({ padding: 2 }).apply(volume()), [3, 8, 8, 8]],
};

test("there is a function, and a case here, for every kind of the core", () => {
  expect(Object.keys(layers).sort()).toEqual([...layerKinds].sort());
  expect(Object.keys(cases).sort()).toEqual([...layerKinds].sort());
});

test.each(Object.entries(cases))("%s has its shape and lowers", (kind, [make, shape]) => {
  const value = make();
  expect(value.layer.kind).toBe(kind);
  expect(value.shape).toEqual(shape);
  const inputs = kind === "input" ? [value] : value.inputs;
  const { spec } = new fg.Model({ inputs, outputs: [value] });
  const { graph } = lowerModel(spec, { batch: 2, mode: "inference" });
  const { node } = graph.outputs[0] ?? { node: -1 };
  expect(graph.nodes[node]?.type.shape).toEqual([2, ...shape]);
});

/** The names that the core lists when it is asked for one that is not there. */
function namesInCore(config: Readonly<Record<string, string>>): string[] {
  const input = { name: "x", kind: "input", config: { shape: [4] }, inputs: [] };
  const own = { name: "l", kind: "dense", config: { units: 1, ...config }, inputs: ["x"] };
  try {
    resolveModel({ name: "m", layers: [input, own], inputs: ["x"], outputs: ["l"] });
  } catch (error) {
    const [, list = ""] = /one of (.*), got/.exec(String(error)) ?? [];
    return list.split(", ").sort();
  }
  return [];
}

describe("names of options are those of the core", () => {
  // Records over the unions: a name that is missing here or there does not compile.
  const activations: Readonly<Record<fg.ActivationName, true>> = {
    linear: true,
    relu: true,
    relu6: true,
    leakyRelu: true,
    elu: true,
    selu: true,
    gelu: true,
    geluTanh: true,
    silu: true,
    swish: true,
    softplus: true,
    softsign: true,
    hardSigmoid: true,
    hardSwish: true,
    mish: true,
    tanh: true,
    sigmoid: true,
    exponential: true,
    softmax: true,
    logSoftmax: true,
  };
  const initializers: Readonly<Record<fg.InitializerName, true>> = {
    zeros: true,
    ones: true,
    constant: true,
    uniform: true,
    normal: true,
    truncatedNormal: true,
    glorotUniform: true,
    glorotNormal: true,
    heUniform: true,
    heNormal: true,
    lecunUniform: true,
    lecunNormal: true,
    orthogonal: true,
  };

  test("activations", () => {
    expect(Object.keys(activations).sort()).toEqual(namesInCore({ activation: "?" }));
  });
  test("initializers", () => {
    expect(Object.keys(initializers).sort()).toEqual(namesInCore({ kernelInitializer: "?" }));
  });
  test("regularizers", () => {
    expect(["l1", "l1l2", "l2"]).toEqual(namesInCore({ kernelRegularizer: "?" }));
  });
});

describe("mistakes name the layer where they are made", () => {
  const dense = layers.dense(4);
  test.each<[string, () => unknown, string]>([
    [
      "shapes that do not fit",
      () => layers.add({ name: "sum" }).apply([fg.input(3), fg.input(4)]),
      'layer "sum" (add): inputs must have equal shapes, got [3], [4]',
    ],
    [
      "the second layer of a kind",
      () => layers.conv2d(4, 9).apply(layers.conv2d(4, 3).apply(image())),
      'layer "conv2d_1" (conv2d): window must fit into the padded input, got input [6,6], window [9,9]',
    ],
    [
      "in a sequential model",
      () => new fg.Model().add(layers.input(5)).add(layers.maxPool2d()),
      'layer "maxPool2d" (maxPool2d): input must have a channel axis and 2 spatial axes',
    ],
    [
      "a model that does not start with an input",
      () => new fg.Model({ name: "m" }).add(layers.dense(3)),
      'model "m": first layer must be layers.input(shape), got dense',
    ],
    [
      "a second input in a sequential model",
      () => new fg.Model().add(layers.input(5)).add(layers.input(5)),
      "a sequential model must have one input",
    ],
    [
      "an option that is not one",
      () => layers.dense(3, { unit: 3 } as object).apply(fg.input(3)),
      'layer "dense" (dense): options must be of activation',
    ],
    ["a size of NaN", () => layers.dense(NaN).apply(fg.input(3)), "units must be an integer >= 1"],
    ["nothing to merge", () => layers.concat().apply([]), "inputs must be given, got none"],
    [
      "a model without its input",
      () => new fg.Model({ inputs: [], outputs: [dense.apply(fg.input(3, { name: "a" }))] }),
      'model "model": inputs must list every input its outputs need, got none for "a" [3]',
    ],
    [
      "an input that leads nowhere",
      () => {
        const x = fg.input(3);
        return new fg.Model({ inputs: [x, fg.input(1, { name: "b" })], outputs: [dense.apply(x)] });
      },
      'every input must lead to an output, got "b" that does not',
    ],
    [
      "one name for two layers",
      () => {
        const x = fg.input(3, { name: "same" });
        const y = layers.dense(3, { name: "same" }).apply(x);
        return new fg.Model({ inputs: [x], outputs: [y] });
      },
      "layer names must be unique",
    ],
    [
      "a model without layers",
      () => new fg.Model({ name: "m" }).spec,
      "must have layers, got none",
    ],
    [
      "layers for a functional model",
      () => {
        const x = fg.input(3);
        return new fg.Model({ inputs: [x], outputs: [dense.apply(x)] }).add(dense);
      },
      "layers can be added to a sequential model only",
    ],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(fg.ModelError);
    expect(make).toThrow(message);
  });
});

test("names depend on the model alone and step around given ones", () => {
  const build = (): readonly string[] => {
    const model = new fg.Model().add(layers.input(3)).add(layers.dense(1, { name: "dense_1" }));
    return model
      .add(layers.dense(2))
      .add(layers.dense(2))
      .spec.layers.map(({ name }) => name);
  };
  expect(build()).toEqual(["input", "dense_1", "dense", "dense_2"]);
  expect(build()).toEqual(build());
});

test("a deep model is no problem", () => {
  let value = fg.input(2);
  const start = value;
  const layer = layers.dense(2);
  for (let i = 0; i < 300; i++) value = layer.apply(value);
  expect(new fg.Model({ inputs: [start], outputs: [value] }).spec.layers).toHaveLength(301);
});

test("the summary lists shapes, counts and wiring", () => {
  const x = fg.input([1, 8, 8], { name: "image" });
  const body = layers.conv2d(4, 3, { padding: "same" }).apply(x);
  const sum = layers.add().apply([body, layers.conv2d(4, 1).apply(x)]);
  const y = layers.dense(10, { trainable: false }).apply(layers.flatten().apply(sum));
  const text = new fg.Model({ name: "residual", inputs: [x], outputs: [y] }).summary();
  expect(text.split("\n")).toEqual([
    'Model "residual"',
    "-".repeat(70),
    "Layer              Result         Parameters          From",
    "-".repeat(70),
    "image (input)      [batch,1,8,8]  0",
    "conv2d (conv2d)    [batch,4,8,8]  40 [4,1,3,3] [4]",
    "conv2d_1 (conv2d)  [batch,4,8,8]  8 [4,1,1,1] [4]     image",
    "add (add)          [batch,4,8,8]  0                   conv2d, conv2d_1",
    "flatten (flatten)  [batch,256]    0",
    "dense (dense)      [batch,10]     2570 [256,10] [10]",
    "-".repeat(70),
    "Parameters: 2618 (10,472 bytes as f32), of which trained: 48",
  ]);
});

test.each<[string, () => unknown]>([
  ["layers.maxPool2d: options must be an object, got 2", () => layers.maxPool2d(2 as never)],
  ['layers.dense: options must be an object, got "relu"', () => layers.dense(4, "relu" as never)],
  ["layers.concat: options must be an object, got [1]", () => layers.concat([1] as never)],
])("%s", (message, make) => {
  expect(make).toThrow(message);
});
