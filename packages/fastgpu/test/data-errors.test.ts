// Data that does not fit: one clear line that names the layer, before any device is asked. And data that does fit, in all
// the forms users hold it.
import { tensorFrom, toNumbers } from "@fastgpu/core";
import { describe, expect, test } from "vitest";
import { examplesToTensors, inputsToTensors, type Examples } from "../src/data/examples.ts";
import { toTensor, type TensorLike } from "../src/data/to-tensor.ts";
import * as fg from "../src/index.ts";
import { objectiveOf } from "../src/compile-options.ts";
import { checkFitOptions } from "../src/fit.ts";
import { portsOf, type ModelPortInfo } from "../src/ports.ts";

const rows3: ModelPortInfo = { port: "x", layer: "in", dtype: "f32", row: [3] };
const labels: ModelPortInfo = { port: "y", layer: "out", dtype: "i32", row: [], limit: 4 };
const oneHot4: ModelPortInfo = {
  port: "y",
  layer: "out",
  dtype: "f32",
  row: [4],
  acceptsClasses: true,
};
const single: ModelPortInfo = { port: "y", layer: "out", dtype: "f32", row: [1] };

describe("forms that fit", () => {
  test.each<[string, TensorLike, ModelPortInfo, readonly number[], readonly number[]]>([
    [
      "nested arrays",
      [
        [1, 2, 3],
        [4, 5.5, 6],
      ],
      rows3,
      [2, 3],
      [1, 2, 3, 4, 5.5, 6],
    ],
    ["a flat typed array", Float32Array.of(1, 2, 3, 4, 5, 6), rows3, [2, 3], [1, 2, 3, 4, 5, 6]],
    ["bytes", Uint8Array.of(1, 2, 3), rows3, [1, 3], [1, 2, 3]],
    ["a tensor of another dtype", tensorFrom("i32", [1, 3], [1, 2, 3]), rows3, [1, 3], [1, 2, 3]],
    [
      "a tensor with an axis of 1",
      tensorFrom("f32", [1, 3, 1], [1, 2, 3]),
      rows3,
      [1, 3],
      [1, 2, 3],
    ],
    ["a number per row", [0.5, 1], single, [2, 1], [0.5, 1]],
    ["booleans", [true, false], single, [2, 1], [1, 0]],
    ["class numbers", [2, 0], labels, [2], [2, 0]],
    ["class numbers as floats", Float64Array.of(2, 0), labels, [2], [2, 0]],
    ["class numbers for one-hot rows", [1, 3], oneHot4, [2, 4], [0, 1, 0, 0, 0, 0, 0, 1]],
    ["an i32 tensor of class numbers", tensorFrom("i32", [1], [2]), oneHot4, [1, 4], [0, 0, 1, 0]],
    ["bytes of class numbers", Uint8Array.of(2), oneHot4, [1, 4], [0, 0, 1, 0]],
    ["one-hot rows as they are", [[0, 1, 0, 0]], oneHot4, [1, 4], [0, 1, 0, 0]],
  ])("%s", (_, value, port, shape, numbers) => {
    const found = toTensor("fit: x", value, port);
    expect(found.dtype).toBe(port.dtype);
    expect(found.shape).toEqual(shape);
    expect([...toNumbers(found)]).toEqual(numbers);
  });
});

describe("forms that do not", () => {
  test.each<[string, TensorLike, ModelPortInfo, string]>([
    [
      "rows of another size",
      tensorFrom("f32", [2, 4], new Array<number>(8).fill(0)),
      rows3,
      "fit: x: must be rows of f32[3], got f32[2,4]",
    ],
    ["a single row", [1.5, 2, 3], rows3, "put a single row into an array of one"],
    [
      "ragged rows",
      [
        [1, 2, 3],
        [4, 5],
      ],
      rows3,
      "rows must have equal sizes, got 2 and 3 elements (row 1)",
    ],
    ["text", [[1, 2, "3"]] as never, rows3, 'elements must be numbers, got "3" (row 0)'],
    ["a hole", [[1, 2, 3], 4] as never, rows3, "elements must be numbers, got 4 (row 1)"],
    ["nothing", null as never, rows3, "must be a tensor, a typed array or nested arrays"],
    ["a broken flat array", new Float32Array(4), rows3, "whole rows of 3 numbers, got 4 numbers"],
    [
      "a tensor that lies",
      { dtype: "f32", shape: [2, 3], data: new Float32Array(5) },
      rows3,
      "data must hold as many elements as the shape says, got 5 for [2,3]",
    ],
    ["a class that is not one", [1, 4], labels, "whole numbers must be in [0, 4), got 4 (row 1)"],
    ["half a class", [1, 0.5], labels, "elements must be whole numbers, got 0.5 (row 1)"],
    ["a class beyond one-hot rows", [4], oneHot4, "from 0 to 3, got 4 in row 0"],
    [
      "one-hot rows for a sparse loss",
      [[0, 1, 0, 0]],
      labels,
      "must be rows of i32[], got i32[1,4]; give class numbers, or use the loss categoricalCrossentropy",
    ],
  ])("%s", (_, value, port, message) => {
    expect(() => toTensor("fit: x", value, port)).toThrow(fg.DataError);
    expect(() => toTensor("fit: x", value, port)).toThrow(message);
  });
});

const a = fg.input(3, { name: "a" });
const b = fg.input(2, { name: "b", dtype: "i32" });
const joined = fg.layers
  .concat()
  .apply([a, fg.layers.flatten().apply(fg.layers.embedding(5, 4).apply(b))]);
const two = new fg.Model({ inputs: [a, b], outputs: [fg.layers.dense(1).apply(joined)] });
const twoPorts = portsOf(two.spec, { loss: "meanSquaredError", optimizer: "sgd" });
const one = new fg.Model().add(fg.layers.input(3)).add(fg.layers.dense(1));
const onePorts = portsOf(one.spec, { loss: "meanSquaredError", optimizer: "sgd" });
const x = { a: [[1, 2, 3]], b: [[0, 4]] };

test("tensors are matched with ports by layer name; one alone needs no name", () => {
  expect(Object.keys(examplesToTensors("fit", { x, y: [1] }, twoPorts))).toEqual([
    "x/a",
    "x/b",
    "y",
  ]);
  const data = new fg.Dataset({
    inputs: { pixels: tensorFrom("f32", [1, 3], [1, 2, 3]) },
    targets: { price: tensorFrom("f32", [1], [5]) },
  });
  expect(examplesToTensors("fit", data, onePorts)["y"]).toMatchObject({ shape: [1, 1] });
  expect(Object.keys(inputsToTensors("predict", data, onePorts.inputs))).toEqual(["x"]);
});

test.each<[string, Examples, string]>([
  ["a missing input", { x: { a: x.a }, y: [1] }, 'tensors by the names a, b, got no "b"'],
  ["an extra input", { x: { ...x, c: [1] }, y: [1] }, 'tensors by the names a, b, got "c"'],
  ["one tensor for two inputs", { x: [[1]], y: [1] }, "a tensor for each input layer (a, b)"],
  [
    "an index beyond the table",
    { x: { ...x, b: [[0, 5]] }, y: [1] },
    'input layer "b": whole numbers must be in [0, 5), got 5',
  ],
  ["targets of another length", { x, y: [1, 2] }, "the same number of rows, got 1"],
  [
    "no rows",
    { x: { a: new Float32Array(0), b: new Int32Array(0) }, y: [] },
    "there must be at least one row, got none",
  ],
  ["no targets", { x } as never, "data must be a Dataset or { x, y }, got an object with x"],
  ["an array alone", [[1, 2]] as never, "data must be a Dataset or { x, y }, got an array"],
])("%s is refused", (_, examples, message) => {
  expect(() => examplesToTensors("fit", examples, twoPorts)).toThrow(message);
});

test("a data set without targets cannot be trained on", () => {
  const data = new fg.Dataset({ inputs: { x: tensorFrom("f32", [1, 3], [1, 2, 3]) } });
  expect(() => examplesToTensors("fit", data, onePorts)).toThrow("must have targets, got none");
});

test("a loss that does not suit the output is refused before any data", () => {
  const objective = { loss: "crossentropy", optimizer: "adam" };
  expect(() => portsOf(one.spec, objective)).toThrow(
    "loss: name must be one of binaryCrossentropy",
  );
  expect(() => portsOf(one.spec, { loss: "hinge", optimizer: "adan" })).toThrow('got "adan"');
  const embedded = new fg.Model().add(fg.layers.input(3)).add(fg.layers.embedding(3, 2));
  expect(() => portsOf(embedded.spec, { loss: "hinge", optimizer: "adam" })).toThrow(
    'layer "embedding" (embedding): input must be i32 indices, got f32',
  );
});

test("options that are none are refused with those there are", () => {
  const compile = (options: object): unknown => objectiveOf(options as fg.CompileOptions);
  expect(() => compile({ optimiser: "adam" })).toThrow(
    /^compile: options must be of optimizer, loss, .*, got "optimiser"$/,
  );
  expect(() => compile(undefined as never)).toThrow("options must be an object, got undefined");
  expect(() => compile({ loss: "hinge", seed: 0.5 })).toThrow("seed must be an integer, got 0.5");
  const fit = (options: object): void => {
    checkFitOptions(options);
  };
  expect(() => {
    fit({ batch: 3 });
  }).toThrow(/^fit: options must be of epochs, batchSize, .*, got "batch"$/);
  expect(() => {
    fit({ epochs: 0 });
  }).toThrow("epochs must be an integer >= 1, got 0");
  expect(() => {
    fit({ callbacks: 5 });
  }).toThrow("callbacks must be a list, got number");
  expect(() => compile({ loss: "hinge", engineSettings: 5 as never })).toThrow(
    "compile: engineSettings must be an object of names and values, got 5",
  );
  const engineSettings = { kernelMethod: "plain" };
  expect(() => compile({ loss: "hinge", engineSettings })).toThrow(
    /^compile: engineSettings must come with one backend, .*, got auto$/,
  );
  expect(() => compile({ loss: "hinge", engineSettings, backend: ["onnx", "webgpu"] })).toThrow(
    "got onnx, webgpu",
  );
  expect(() => compile({ loss: "hinge", engineSettings, backend: "webgpu" })).not.toThrow();
  expect(() => compile({ loss: "hinge", precision: "f64" })).toThrow(
    'precision must be one of f32, f16, mixed, f16-storage-emulated, int8, got "f64"',
  );
});

describe("names of parts are those of the core", () => {
  const spec = new fg.Model().add(fg.layers.input(3)).add(fg.layers.dense(2)).spec;
  /** The names that the core lists when it is asked for one that is not there. */
  const namesInCore = (part: object): string[] => {
    const base = { loss: "hinge", optimizer: { name: "sgd" } };
    try {
      portsOf(spec, { ...base, ...part });
    } catch (error) {
      const [, list = ""] = /one of (.*), got/.exec(String(error)) ?? [];
      return list.split(", ").sort();
    }
    return [];
  };
  // Records over the unions: a name that is missing here or there does not compile.
  const losses: Readonly<Record<fg.LossName, true>> = {
    mse: true,
    meanSquaredError: true,
    mae: true,
    meanAbsoluteError: true,
    huber: true,
    binaryCrossentropy: true,
    categoricalCrossentropy: true,
    sparseCategoricalCrossentropy: true,
    hinge: true,
    squaredHinge: true,
    categoricalHinge: true,
    klDivergence: true,
    cosineSimilarity: true,
  };
  const optimizers: Readonly<Record<fg.OptimizerName, true>> = {
    sgd: true,
    momentum: true,
    nesterov: true,
    adagrad: true,
    rmsprop: true,
    adam: true,
    adamw: true,
    lamb: true,
    lion: true,
  };
  const metrics: Readonly<Record<fg.MetricName, true>> = {
    accuracy: true,
    binaryAccuracy: true,
    categoricalAccuracy: true,
    sparseCategoricalAccuracy: true,
    topK: true,
    topKAccuracy: true,
    precision: true,
    recall: true,
    f1: true,
    auc: true,
    mae: true,
    meanAbsoluteError: true,
    mse: true,
    meanSquaredError: true,
    rmse: true,
    rootMeanSquaredError: true,
    r2: true,
  };
  const schedules: Readonly<Record<fg.ScheduleName, true>> = {
    constant: true,
    step: true,
    piecewise: true,
    exponential: true,
    cosine: true,
    polynomial: true,
    oneCycle: true,
    warmup: true,
  };
  test.each([
    ["losses", { loss: "?" }, losses],
    ["optimizers", { optimizer: "?" }, optimizers],
    ["metrics", { metrics: ["?"] }, metrics],
    ["schedules", { optimizer: { name: "sgd", learningRate: { name: "?" } } }, schedules],
  ])("%s", (_, part, names) => {
    expect(namesInCore(part)).toEqual(Object.keys(names).sort());
  });
});
