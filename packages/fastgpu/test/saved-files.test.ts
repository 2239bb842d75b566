// Saved models from elsewhere: every damaged file is one line that names it, and nothing in it is trusted.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initialTrainState, tensorFrom, trainStep } from "@fastgpu/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readModelFolder, writeModelFolder } from "../src/files/model-folder.ts";
import { decodeSafetensors, encodeSafetensors } from "../src/files/safetensors.ts";
import * as fg from "../src/index.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "fastgpu-saved-"));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A file by hand, from the published format: length, header, bytes. */
function safetensors(header: unknown, body = 0): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const encoded = new TextEncoder().encode(text);
  const file = new Uint8Array(8 + encoded.length + body);
  new DataView(file.buffer).setBigUint64(0, BigInt(encoded.length), true);
  file.set(encoded, 8);
  return file;
}

describe("safetensors", () => {
  const tensors = {
    byte: tensorFrom("u8", [3], [1, 2, 255]),
    half: tensorFrom("f16", [2], [0.5, -2]),
    single: tensorFrom("f32", [2, 2], [1, 2, 3, Infinity]),
    step: tensorFrom("i32", [], [-7]),
    flags: tensorFrom("bool", [2], [1, 0]),
    none: tensorFrom("f32", [0, 4], []),
  };

  test("what is written is read, from any place in memory", () => {
    const metadata = { model: "abc" };
    const file = encodeSafetensors({ tensors, metadata });
    for (const shift of [0, 1, 8]) {
      const moved = Buffer.alloc(file.length + shift + 8).subarray(shift, shift + file.length);
      moved.set(file);
      expect(decodeSafetensors("file", moved)).toEqual({ tensors, metadata });
    }
  });

  test("the layout is the published one: header padded to 8 bytes, tensors aligned and without gaps", () => {
    const file = encodeSafetensors({ tensors, metadata: {} });
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<
      string,
      { dtype: string; shape: number[]; data_offsets: [number, number] }
    >;
    expect(header["single"]).toEqual({ dtype: "F32", shape: [2, 2], data_offsets: [0, 16] });
    const [begin = 0] = header["single"]?.data_offsets ?? [];
    expect(new DataView(file.buffer).getFloat32(8 + length + begin + 8, true)).toBe(3);
  });

  test("a file by hand is read, unaligned header and all", () => {
    const file = safetensors({ a: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, 4);
    new DataView(file.buffer).setFloat32(file.length - 4, 1.5, true);
    expect(decodeSafetensors("file", file).tensors).toEqual({ a: tensorFrom("f32", [1], [1.5]) });
  });

  const f32 = (shape: unknown, data_offsets: unknown): object => ({
    dtype: "F32",
    shape,
    data_offsets,
  });
  test.each<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(3), "at least 8 bytes, got 3"],
    [
      "a header beyond the end",
      safetensors("{}").subarray(0, 9),
      "header must fit into the file's 1 bytes, got 2",
    ],
    ["a huge length", new Uint8Array(16).fill(255), "header must fit into the file's 8 bytes"],
    ["text that is no JSON", safetensors("{{}"), "header must be JSON"],
    [
      "bytes that are no text",
      new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0, 255]),
      "header must be JSON",
    ],
    ["a list", safetensors([]), "header must be an object"],
    ["a tensor that is none", safetensors({ a: 5 }), "must have dtype, shape and data_offsets"],
    [
      "a dtype that is none",
      safetensors({ a: { dtype: "F7", shape: [], data_offsets: [0, 4] } }, 4),
      'got "F7"',
    ],
    [
      "a negative size",
      safetensors({ a: f32([-1], [0, 4]) }, 4),
      "a shape of integers >= 0, got [-1]",
    ],
    [
      "a size beyond integers",
      safetensors({ a: f32([1e300], [0, 4]) }, 4),
      "a shape of integers >= 0",
    ],
    [
      "sizes that overflow",
      safetensors({ a: f32([2 ** 52, 2 ** 52], [0, 4]) }, 4),
      "bytes apart for its shape, got 4",
    ],
    [
      "offsets backwards",
      safetensors({ a: f32([1], [4, 0]) }, 4),
      "4 bytes apart for its shape, got -4",
    ],
    ["offsets beyond the end", safetensors({ a: f32([1], [0, 4]) }, 3), "got 3 bytes for 4"],
    ["bytes of nobody", safetensors({ a: f32([1], [0, 4]) }, 5), "got 5 bytes for 4"],
    ["a gap", safetensors({ a: f32([1], [4, 8]) }, 8), "without gaps, got one at byte 4 and not 0"],
    ["an overlap", safetensors({ a: f32([2], [0, 8]), b: f32([1], [4, 8]) }, 8), "without gaps"],
    [
      "numbers as metadata",
      safetensors({ __metadata__: { a: 1 } }),
      "__metadata__ must be texts by name",
    ],
  ])("%s is refused", (_, file, message) => {
    expect(() => decodeSafetensors("w.safetensors", file)).toThrow(fg.DataError);
    expect(() => decodeSafetensors("w.safetensors", file)).toThrow(/^w\.safetensors: /);
    expect(() => decodeSafetensors("w.safetensors", file)).toThrow(message);
  });
});

const model = new fg.Model({ name: "m" }).add(fg.layers.input(2)).add(fg.layers.dense(2));
const training = {
  objective: { loss: "meanSquaredError", optimizer: "adam", metrics: ["accuracy"] },
  precision: "f32",
  stepsPerRun: "auto",
  seed: 1,
} as const;
const state = initialTrainState(trainStep(model.spec, { ...training.objective, batch: 1 }), 1);
const saved = { model: model.spec, training, state, epochs: 3 };
let folders = 0;

async function savedFolder(): Promise<string> {
  const folder = join(root, `model-${folders++}`);
  await writeModelFolder(folder, saved);
  return folder;
}

test("a folder is read as it was written", async () => {
  expect(await readModelFolder(await savedFolder())).toEqual(saved);
});

test("a second save replaces the first, and leaves nothing behind if it fails", async () => {
  const folder = await savedFolder();
  await writeModelFolder(folder, { ...saved, epochs: 4 });
  expect((await readModelFolder(folder)).epochs).toBe(4);
  const blocked = join(root, "blocked");
  writeFileSync(blocked, "a file where a folder should be");
  await expect(writeModelFolder(blocked, saved)).rejects.toThrow(
    /^save: folder .*blocked must be writable, got E/,
  );
  mkdirSync(join(root, "taken", "model.json"), { recursive: true });
  await expect(writeModelFolder(join(root, "taken"), saved)).rejects.toThrow(fg.UsageError);
});

type Json = Record<string, unknown>;

/** Changes model.json by hand. */
async function changed(
  change: (file: Json & { model: Json & { layers: Json[] }; training: Json }) => void,
): Promise<string> {
  const folder = await savedFolder();
  const path = join(folder, "model.json");
  const file = JSON.parse(readFileSync(path, "utf8")) as Parameters<typeof change>[0];
  change(file);
  writeFileSync(path, JSON.stringify(file));
  return folder;
}

test.each<[string, Parameters<typeof changed>[0], string]>([
  [
    "another format",
    (file) => (file["format"] = "onnx"),
    'format must be "fastgpu-model", got "onnx"',
  ],
  ["a later version", (file) => (file["version"] = 2), "version must be 1, got 2"],
  [
    "layers that are no list",
    (file) => (file.model["layers"] = {} as never),
    "model.layers must be a list",
  ],
  [
    "a layer without a kind",
    (file) => delete file.model.layers[1]?.["kind"],
    "model.layers[1].kind must be a text, got none",
  ],
  [
    "inputs that are numbers",
    (file) => (file.model["inputs"] = [1]),
    "model.inputs[0] must be a text, got 1",
  ],
  [
    "another seed",
    (file) => (file.training["seed"] = "1"),
    'training.seed must be an integer, got "1"',
  ],
  [
    "a precision that is none",
    (file) => (file.training["precision"] = "f64"),
    "training.precision must be",
  ],
  [
    "steps that are none",
    (file) => (file.training["stepsPerRun"] = 0),
    "training.stepsPerRun must be",
  ],
  [
    "no loss",
    (file) => (file.training["objective"] = { optimizer: "adam" }),
    "training.objective.loss must be a name",
  ],
])("model.json with %s is refused", async (_, change, message) => {
  const reading = readModelFolder(await changed(change));
  await expect(reading).rejects.toThrow(fg.DataError);
  await expect(reading).rejects.toThrow(message);
});

test.each<[string, Json, string]>([
  ["an unknown kind of layer", { kind: "eval" }, "kind must be one of activation"],
  ["an unknown option", { config: { units: 2, onload: "run" } }, 'got "onload"'],
  [
    "a layer too large for its weights",
    { config: { units: 1e12 } },
    'tensor "dense/kernel" must have shape [2,1000000000000], got [2,2]',
  ],
])("a model with %s is refused without the memory for it", async (_, change, message) => {
  const { name, inputs, outputs, layers } = model.spec;
  const [input, dense] = layers;
  const folder = join(root, `model-${folders++}`);
  const spec = { name, inputs, outputs, layers: [input, { ...dense, ...change }] } as fg.ModelSpec;
  await writeModelFolder(folder, { ...saved, model: spec });
  await expect(readModelFolder(folder)).rejects.toThrow(message);
});

test("an objective that cannot be built is refused; members it should not have do nothing", async () => {
  const broken = await changed(
    (file) => (file.training["objective"] = { ...training.objective, metrics: 5 }),
  );
  await expect(readModelFolder(broken)).rejects.toThrow(/model\.json: model must be valid, got /);
  const odd = await changed((file) => {
    file.training["objective"] = {
      ...training.objective,
      transformForward: "x",
      layout: { slots: [] },
    };
  });
  expect(await readModelFolder(odd)).toEqual(saved);
});

test("weights that are cut short, of another model, missing or too large are refused", async () => {
  const cut = await savedFolder();
  truncateSync(join(cut, "weights.safetensors"), 100);
  await expect(readModelFolder(cut)).rejects.toThrow("weights.safetensors: header must fit into");
  const other = await changed((file) => (file.model["name"] = "other"));
  await expect(readModelFolder(other)).rejects.toThrow(
    "weights must be of the model in model.json",
  );
  const gone = await savedFolder();
  rmSync(join(gone, "weights.safetensors"));
  await expect(readModelFolder(gone)).rejects.toThrow("file must be readable, got ENOENT");
  await expect(readModelFolder(await savedFolder(), { maxBytes: 64 })).rejects.toThrow(
    "file must have at most 64 bytes",
  );
  await expect(fg.loadModel(join(root, "nowhere"))).rejects.toThrow(fg.DataError);
});

test("members nested too deep to print, and files that are none, are refused in one line too", async () => {
  const deep = await savedFolder();
  const nested = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  writeFileSync(join(deep, "model.json"), `{"format":${nested}}`);
  await expect(readModelFolder(deep)).rejects.toThrow(/model\.json: [^\n]{1,200}$/);
  const folder = await savedFolder();
  rmSync(join(folder, "model.json"));
  mkdirSync(join(folder, "model.json"));
  await expect(readModelFolder(folder)).rejects.toThrow("path must be a file");
});

test("tensors that are no part of the model are refused", async () => {
  const folder = join(root, `model-${folders++}`);
  const extra = { ...state, "optimizer/m/other": tensorFrom("f32", [1], [0]) };
  await writeModelFolder(folder, { ...saved, state: extra });
  await expect(readModelFolder(folder)).rejects.toThrow('got "optimizer/m/other"');
});
