// Exported models, loaded by TensorFlow.js itself: each layer computes what the float64 reference of the core says, or is
// refused by its name.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  initialState,
  lowerModel,
  resolveModel,
  tensorFrom,
  toReferences,
  UnsupportedOpError,
  type JsonObject,
  type ModelSpec,
  type TensorMap,
} from "@fastgpu/core";
import { evaluate } from "@fastgpu/core/reference";
import "@tensorflow/tfjs-backend-cpu";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as fg from "../src/index.ts";
import type { ExportFormat } from "../src/export/artifacts.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fastgpu-export-"));
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});
afterAll(() => rm(folder, { recursive: true }));

/** Reads a model from disk, as TensorFlow.js does in a browser from a server. */
function fileHandler(path: string): tf.io.IOHandler {
  return {
    load: async () => {
      const json = JSON.parse(await readFile(path, "utf8")) as tf.io.ModelJSON;
      const [{ paths, weights } = { paths: [], weights: [] }] = json.weightsManifest;
      const shard = await readFile(join(dirname(path), paths[0] ?? ""));
      const weightData = new Uint8Array(shard).buffer;
      const { modelTopology, format = "", signature } = json;
      const artifacts = { modelTopology, format, weightSpecs: weights, weightData };
      return signature === undefined ? artifacts : { ...artifacts, signature };
    },
  };
}

const wave = (count: number, phase: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + phase) + 0.1 * Math.cos(i * 0.3));

/** Parameters that leave no term of a formula out: nothing is 0 or 1, and variances are positive. */
function someState(model: ModelSpec): TensorMap {
  return Object.fromEntries(
    Object.entries(initialState(model, 3)).map(([name, { shape, data }], i) => {
      const values = wave(data.length, i).map((v) => (name.endsWith("Variance") ? 1.5 + v : v));
      return [name, tensorFrom("f32", shape, values)];
    }),
  );
}

/** What the reference gives and what TensorFlow.js gives for the exported files, output by output. */
async function bothResults(
  model: ModelSpec,
  format: ExportFormat,
  batch = 3,
): Promise<{ readonly expected: number[]; readonly found: number[] }[]> {
  const state = someState(model);
  const made = new fg.Model({ spec: model });
  await made.writeState(state);
  await made.export(folder, { format });
  const { graph } = lowerModel(model, { batch, mode: "inference" });
  const inputs: TensorMap = Object.fromEntries(
    graph.inputs.map(({ name, node }, i) => {
      const { shape, dtype } = graph.nodes[node]?.type ?? { shape: [], dtype: "f32" as const };
      const size = shape.reduce((product, n) => product * n, 1);
      const values = wave(size, i + 0.5);
      const numbers = dtype === "i32" ? values.map((v) => Math.floor(Math.abs(v) * 4)) : values;
      return [name, tensorFrom(dtype, shape, numbers)];
    }),
  );
  const { outputs } = evaluate(graph, toReferences(inputs), toReferences(state));
  const handler = fileHandler(join(folder, "model.json"));
  const feeds = Object.entries(inputs).map(([name, { shape, dtype, data }]) => {
    const kind = dtype === "i32" ? "int32" : "float32";
    return [name, tf.tensor(data, [...shape], kind)] as const;
  });
  let results: tf.Tensor[];
  if (format === "tfjs-layers") {
    const loaded = await loadLayersModel(handler);
    const result = loaded.predict(feeds.map(([, value]) => value));
    results = [result].flat();
  } else {
    const loaded = await loadGraphModel(handler);
    const names = loaded.outputs.map(({ name }) => name);
    results = [loaded.execute(Object.fromEntries(feeds), names)].flat();
  }
  return Promise.all(
    model.outputs.map(async (name, i) => ({
      expected: [...(outputs[name]?.data ?? [])],
      found: [...((await results[i]?.data()) ?? [])],
    })),
  );
}

function expectClose(pairs: Awaited<ReturnType<typeof bothResults>>): void {
  for (const { expected, found } of pairs) {
    expect(found.length).toBe(expected.length);
    const scale = Math.max(1, ...expected.map(Math.abs));
    const error = Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? NaN))));
    // Sums of at most some hundred products in f32.
    expect(error / scale).toBeLessThan(1e-5);
  }
}

function oneLayer(
  kind: string,
  config: JsonObject,
  shapes: readonly (readonly number[])[],
): ModelSpec {
  const dtype = kind === "embedding" ? { dtype: "i32" } : {};
  const ports = shapes.map((shape, i) => ({
    name: `in${i}`,
    kind: "input",
    config: { shape: [...shape], ...dtype },
    inputs: [],
  }));
  const names = ports.map(({ name }) => name);
  const layers = [...ports, { name: "it", kind, config, inputs: names }];
  return { name: "one", layers, inputs: names, outputs: ["it"] };
}

const image = [[3, 8, 7]];
const row = [[3, 9]];
const volume = [[2, 4, 5, 4]];
const flat = [[6]];
const last = { dataFormat: "channelsLast" };

/** Kind, options, shapes, and the formats that refuse it, with a part of the reason. */
type Case = readonly [
  string,
  JsonObject,
  readonly (readonly number[])[],
  Partial<Record<ExportFormat, string>>?,
];

const noLayer = (reason: string): Partial<Record<ExportFormat, string>> => ({
  "tfjs-layers": reason,
});

const cases: readonly Case[] = [
  ["dense", { units: 5, activation: "gelu", useBias: false }, flat],
  ["dense", { units: 5, activation: { name: "leakyRelu", alpha: 0.1 } }, [[2, 6]]],
  ["dense", { units: 5, activation: { name: "softmax", axis: 1 } }, [[2, 6]], noLayer("axis -1")],
  ["dense", { units: 4, activation: "softmax" }, flat],
  ...[
    "relu",
    "relu6",
    "elu",
    "selu",
    "silu",
    "softplus",
    "softsign",
    "mish",
    "tanh",
    "logSoftmax",
  ].map((name): Case => ["activation", { activation: name }, flat]),
  ["activation", { activation: { name: "hardSigmoid", alpha: 0.2 } }, flat],
  ["activation", { activation: "hardSigmoid" }, flat, noLayer("alpha 0.2")],
  ["activation", { activation: "hardSwish" }, flat, noLayer("activation must be one")],
  ["activation", { activation: "geluTanh" }, flat, noLayer("activation must be one")],
  ["activation", { activation: "exponential" }, flat, noLayer("activation must be one")],
  [
    "activation",
    { activation: { name: "elu", alpha: 0.5 } },
    flat,
    noLayer("elu must have alpha 1"),
  ],
  ["flatten", {}, image],
  ["reshape", { targetShape: [2, -1] }, flat],
  ["permute", { dims: [2, 3, 1] }, image],
  ["dropout", { rate: 0.3 }, flat],
  ["embedding", { inputDim: 5, outputDim: 4 }, flat],
  ["conv1d", { filters: 4, kernelSize: 3, padding: "same", activation: "relu" }, row],
  ["conv1d", { filters: 4, kernelSize: 3, strides: 2, ...last }, [[9, 3]]],
  ["conv1d", { filters: 4, kernelSize: 3, padding: "causal" }, row, noLayer("same or valid")],
  ["conv2d", { filters: 4, kernelSize: [3, 1], strides: 2, activation: "tanh" }, image],
  ["conv2d", { filters: 4, kernelSize: 3, padding: [[1, 2], 0] }, image],
  ["conv2d", { filters: 4, kernelSize: 3, padding: "same", dilationRate: 2, ...last }, [[8, 7, 3]]],
  [
    "conv2d",
    { filters: 4, kernelSize: 3, useBias: false, activation: { name: "leakyRelu" } },
    image,
  ],
  ["conv2d", { filters: 4, kernelSize: 3, groups: 2 }, [[4, 6, 6]], noLayer("groups must be 1")],
  ["conv2d", { filters: 4, kernelSize: 2, activation: "softmax" }, image, noLayer("softmax must")],
  ["conv3d", { filters: 3, kernelSize: 2, padding: "same" }, volume],
  [
    "conv2dTranspose",
    { filters: 4, kernelSize: 3, strides: 2, padding: "same" },
    image,
    { "tfjs-graph": "convInputGrad" },
  ],
  ["conv3dTranspose", { filters: 2, kernelSize: 2 }, volume, { "tfjs-graph": "convInputGrad" }],
  [
    "conv1dTranspose",
    { filters: 2, kernelSize: 2 },
    row,
    { "tfjs-layers": "conv1dTranspose", "tfjs-graph": "convInputGrad" },
  ],
  ["depthwiseConv2d", { kernelSize: 3, depthMultiplier: 2 }, image],
  ["maxPool1d", {}, row],
  ["maxPool2d", { poolSize: 3, strides: 2, padding: "same" }, image],
  ["maxPool2d", { padding: 1 }, image, noLayer("same or valid")],
  ["maxPool3d", {}, volume],
  ["avgPool1d", { poolSize: 3, padding: "same" }, row],
  ["avgPool2d", { poolSize: 3, padding: "same", ...last }, [[8, 7, 3]]],
  ["avgPool3d", {}, volume],
  ["globalMaxPool", { keepDims: true }, image],
  ["globalAvgPool", {}, row],
  ["globalAvgPool", {}, volume, noLayer("1 or 2 spatial axes")],
  ["batchNorm", {}, image],
  ["batchNorm", { scale: false, ...last }, [[8, 7, 3]]],
  ["batchNorm", {}, row],
  ["batchNorm", {}, volume, noLayer("3 axes at most")],
  ["batchNorm", {}, flat],
  ["layerNorm", { axis: 2 }, image],
  ["layerNorm", { center: false }, flat],
  ["groupNorm", { groups: 3 }, [[6, 4]], noLayer("kind must be one")],
  ["add", {}, [[6], [6], [6]]],
  ["subtract", {}, [[6], [6]], noLayer("kind must be one")],
  ["multiply", {}, [[6], [6]]],
  ["average", {}, [[6], [6]]],
  ["maximum", {}, [[6], [6]]],
  ["minimum", {}, [[6], [6]]],
  ["concat", { axis: 1 }, [...image, ...image]],
  ["upsample2d", { size: [2, 3] }, image],
  ["upsample2d", { interpolation: "bilinear" }, image, noLayer("interpolation")],
  ["upsample1d", { size: 3 }, row, noLayer("kind must be one")],
  ["pad2d", { padding: [[1, 2], 0] }, image],
  ["pad1d", {}, row, noLayer("kind must be one")],
  ["pad2d", { value: 1 }, image, noLayer("value of a border")],
];

describe.each(["tfjs-layers", "tfjs-graph"] as const)("%s", (format) => {
  test.each(
    cases.map((one) => ({
      title: one
        .slice(0, 3)
        .map((part) => JSON.stringify(part))
        .join(" "),
      one,
    })),
  )("$title", async ({ one }) => {
    const [kind, config, shapes, refusals = {}] = one;
    const model = oneLayer(kind, config, shapes);
    const refusal = refusals[format];
    if (refusal === undefined) {
      expectClose(await bothResults(model, format));
      return;
    }
    const exporting = bothResults(model, format);
    await expect(exporting).rejects.toBeInstanceOf(UnsupportedOpError);
    await expect(exporting).rejects.toThrow(`export: layer "it" (`);
    await expect(exporting).rejects.toThrow(refusal);
  });

  test("a network with convolutions, a shared layer, two inputs and two outputs", async () => {
    const x = fg.input([1, 12, 12], { name: "x" });
    const y = fg.input(6, { name: "y" });
    const { conv2d, dense, flatten, maxPool2d, batchNorm, concat, add } = fg.layers;
    const c = maxPool2d().apply(conv2d(4, 3, { padding: "same", activation: "relu" }).apply(x));
    const n = flatten().apply(batchNorm().apply(conv2d(6, 3, { activation: "relu" }).apply(c)));
    const shared = dense(6, { name: "shared", activation: "tanh" });
    const twice = add().apply([shared.apply(shared.apply(y)), y]);
    const joined = concat().apply([n, twice]);
    const outputs = [dense(3, { name: "a", activation: "softmax" }).apply(joined), twice];
    const { spec } = new fg.Model({ inputs: [x, y], outputs });
    expect(resolveModel(spec).some(({ spec: { weightsOf } }) => weightsOf === "shared")).toBe(true);
    expectClose(await bothResults(spec, format));
    expectClose(await bothResults(spec, format, 1));
  });
});

test("every kind of layer is exported in one format at least, or refused in both", () => {
  const tried = new Set(cases.map(([kind]) => kind));
  const other = fg.layers;
  const kinds = Object.keys(other).filter((name) => typeof Reflect.get(other, name) === "function");
  expect(
    kinds.filter((kind) => !tried.has(kind) && !/^(input|upsample3d|pad3d)$/.test(kind)),
  ).toEqual([]);
});

test("an unknown format and a folder that is a file are told", async () => {
  const model = new fg.Model({ spec: oneLayer("flatten", {}, image) });
  const format = "onnx" as ExportFormat;
  await expect(model.export(folder, { format })).rejects.toThrow(
    'format must be one of tfjs-layers, tfjs-graph, got "onnx"',
  );
  await expect(model.export(folder, undefined as never)).rejects.toThrow(
    "export: options must be an object, got undefined",
  );
  const file = join(folder, "taken");
  await writeFile(file, "");
  await expect(model.export(file, { format: "tfjs-graph" })).rejects.toThrow("must be writable");
});
