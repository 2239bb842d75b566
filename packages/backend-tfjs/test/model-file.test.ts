// Models of TensorFlow.js from disk: what they compute, and what is refused of files that are not what they must be.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tensor, UnsupportedOpError, type Device } from "@fastgpu/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import backend from "../src/index.ts";

let folder: string;
let device: Device;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fastgpu-tfjs-"));
  const info = await backend.find?.("wasm");
  if (info === undefined) throw new TypeError("wasm must be known");
  device = await backend.open(info, {});
});

afterAll(async () => {
  await device.dispose();
  await rm(folder, { recursive: true });
});

/** y = x w + b with x [n, 2], w [2, 2] and b [2]. */
const dense = {
  format: "layers-model",
  modelTopology: {
    class_name: "Sequential",
    config: {
      name: "net",
      layers: [
        {
          class_name: "Dense",
          config: { name: "dense", units: 2, batch_input_shape: [null, 2], dtype: "float32" },
        },
      ],
    },
  },
  weightsManifest: [
    {
      paths: ["weights.bin"],
      weights: [
        { name: "dense/kernel", shape: [2, 2], dtype: "float32" },
        { name: "dense/bias", shape: [2], dtype: "float32" },
      ],
    },
  ],
};

const graph = (op: string, attr: object = { T: { type: "DT_FLOAT" } }): object => ({
  format: "graph-model",
  modelTopology: {
    versions: { producer: 1, minConsumer: 1 },
    node: [
      {
        name: "x",
        op: "Placeholder",
        attr: {
          dtype: { type: "DT_FLOAT" },
          shape: { shape: { dim: [{ size: "-1" }, { size: "2" }] } },
        },
      },
      { name: "y", op, input: ["x"], attr },
    ],
  },
  weightsManifest: [],
});

const values = new Float32Array([1, 2, 3, 4, 10, 20]);

async function write(json: object | string, weights?: Uint8Array): Promise<string> {
  const path = join(folder, "model.json");
  await rm(join(folder, "weights.bin"), { force: true });
  await writeFile(path, typeof json === "string" ? json : JSON.stringify(json));
  if (weights !== undefined) await writeFile(join(folder, "weights.bin"), weights);
  return path;
}

const open = async (json: object | string, weights?: Uint8Array): Promise<unknown> =>
  device.openModel?.(await write(json, weights));

describe("models", () => {
  test("a layers model computes what its weights say", async () => {
    const path = await write(dense, new Uint8Array(values.buffer));
    const model = await device.openModel?.(path, { "dense_input.0": 2 });
    const [input, output] = [model?.inputs[0]?.name ?? "", model?.outputs[0]?.name ?? ""];
    const results = await model?.run({
      [input]: tensor("f32", [2, 2], Float32Array.of(1, 0, 1, 1)),
    });
    // Rows of x times [[1, 2], [3, 4]], plus [10, 20].
    expect([...(results?.[output]?.data ?? [])]).toEqual([11, 22, 14, 26]);
    await model?.dispose();
  });

  test("a graph model computes what its nodes say", async () => {
    const model = await device.openModel?.(await write(graph("Neg")));
    expect(model?.inputs).toEqual([{ name: "x", dtype: "f32", shape: ["x.0", 2] }]);
    const results = await model?.run({ x: tensor("f32", [1, 2], Float32Array.of(1, -2)) });
    expect([...(results?.["y"]?.data ?? [])]).toEqual([-1, 2]);
    await expect(model?.run({ x: tensor("f32", [1, 3], new Float32Array(3)) })).rejects.toThrow(
      'input "x" must be f32[x.0,2], got f32[1,3]',
    );
    await model?.dispose();
  });
});

describe("files that are refused", () => {
  const bytes = new Uint8Array(values.buffer);

  test.each([
    ["a cut shard", dense, bytes.slice(0, 20), "must hold the 24 bytes of their weights, got 20"],
    ["a longer shard", dense, new Uint8Array(28), "must have at most 24 bytes, got 28"],
    ["a missing shard", dense, undefined, "weights.bin: must be a readable file"],
    ["text that is no JSON", "{", undefined, "a model must be JSON"],
    ["a list", "[]", undefined, "a model must be a JSON object, got a list"],
    ["another format", { format: "x" }, undefined, 'must be graph-model or layers-model, got "x"'],
    [
      "a shard elsewhere",
      { ...dense, weightsManifest: [{ paths: ["../weights.bin"], weights: [] }] },
      undefined,
      'shards must lie in the folder of the model, got "../weights.bin"',
    ],
    [
      "a manifest of another shape",
      { ...dense, weightsManifest: [{ paths: ["weights.bin"] }] },
      undefined,
      "weightsManifest must be a list of",
    ],
  ])("%s", async (_title, json, weights, message) => {
    await expect(open(json, weights)).rejects.toThrow(message);
  });

  test("an operator that nothing knows, before any run", async () => {
    const opening = open(graph("NoSuchOp"));
    await expect(opening).rejects.toBeInstanceOf(UnsupportedOpError);
    await expect(opening).rejects.toThrow("got NoSuchOp");
  });

  test("an operator that the engine lacks", async () => {
    // The equation is "ij->ji".
    const attr = { equation: { s: "aWotPmpp" }, N: { i: "1" }, T: { type: "DT_FLOAT" } };
    await expect(open(graph("Einsum", attr))).rejects.toThrow("got Einsum, which wasm lacks");
  });
});
