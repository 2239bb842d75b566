// `compile({ tuned })`: what is taken from the file, and for whom it is refused.
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceInfo } from "@fastgpu/core";
import { hostFacts } from "@fastgpu/runtime";
import { modelText, tunedSchema } from "@fastgpu/tuner";
import { DevicePool, deviceFacts } from "@fastgpu/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as fg from "../src/index.ts";

const objective = { loss: "categoricalCrossentropy" } as const;
let folder: string;
let device: Readonly<Record<string, string>>;
let adapters: readonly DeviceInfo[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fastgpu-tuned-"));
  const pool = new DevicePool();
  const opened = await pool.openDevice({ backend: "onnx", device: "cpu" });
  device = deviceFacts(opened.info);
  adapters = await pool.devices("webgpu");
  await pool.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function model(units = 2): fg.Model {
  return new fg.Model()
    .add(fg.layers.input(3))
    .add(fg.layers.dense(units, { activation: "softmax" }));
}

function write(identity: object = {}, choices: object = {}): string {
  const path = join(folder, "fastgpu.tuned.json");
  const file = {
    schema: tunedSchema,
    identity: {
      model: createHash("sha256").update(modelText(model().spec)).digest("hex"),
      suite: "s",
      suiteHash: "0",
      workload: "m:inference",
      host: hostFacts(),
      device,
      ...identity,
    },
    configuration: {
      backend: "onnx",
      device: "cpu",
      precision: "f32",
      batchSize: 8,
      threads: 1,
      engine: { graphOptimizationLevel: "basic" },
      ...choices,
    },
  };
  writeFileSync(path, JSON.stringify(file));
  return path;
}

test("the file decides what the caller does not, and placement names it", async () => {
  const tuned = model();
  const file = write();
  await tuned.compile({ ...objective, tuned: file });
  expect(await tuned.placement()).toMatchObject({
    backend: "onnx",
    device: "cpu",
    race: [],
    tuned: { file, differences: [] },
  });
  expect((await tuned.predict([[1, 2, 3]])).shape).toEqual([1, 2]);
  await tuned.dispose();
});

test.each(["tfjs-layers", "tfjs-graph"] as const)(
  "an export in %s says what it is tuned to",
  async (format) => {
    const tuned = model();
    const file = write();
    const untuned = join(folder, format, "untuned");
    await tuned.export(untuned, { format });
    expect(readFileSync(join(untuned, "model.json"), "utf8")).not.toContain("userDefinedMetadata");
    await tuned.compile({ ...objective, tuned: file });
    await tuned.export(join(folder, format), { format });
    await tuned.dispose();
    const text = readFileSync(join(folder, format, "model.json"), "utf8");
    expect((JSON.parse(text) as { userDefinedMetadata: unknown }).userDefinedMetadata).toEqual({
      fastgpu: { tuned: JSON.parse(readFileSync(file, "utf8")) as unknown },
    });
  },
);

test("another model, machine or engine is refused by name; the last two may be accepted", async () => {
  await expect(model(4).compile({ ...objective, tuned: write() })).rejects.toThrow(
    /^compile: tuned file must be of this model, got .* of m:inference in suite s/,
  );
  const elsewhere = write({ host: { ...hostFacts(), cpu: "Z80 x1" } });
  await expect(model().compile({ ...objective, tuned: elsewhere })).rejects.toThrow(
    /must be of this machine and engine, got .* with cpu Z80 x1 there, /,
  );
  const older = write({ device: { ...device, engine: "onnxruntime-node 1.0.0" } });
  await expect(model().compile({ ...objective, tuned: older })).rejects.toThrow(
    /with engine onnxruntime-node 1\.0\.0 there, /,
  );
  const flagged = model();
  await flagged.compile({ ...objective, tuned: { file: older, allowOther: true } });
  const { tuned } = await flagged.placement();
  expect(tuned?.differences).toEqual([
    expect.stringMatching(/^engine onnxruntime-node 1\.0\.0 there/),
  ]);
  await flagged.dispose();
});

test("settings of kernels reach the adapter, which refuses a bad one in one line", async ({
  skip,
}) => {
  const [adapter] = adapters;
  if (adapter === undefined) skip("no WebGPU adapter");
  const withEngine = (engine: object): string => {
    const place = { backend: "webgpu", device: adapter!.id, threads: undefined };
    return write({ device: deviceFacts(adapter!) }, { ...place, engine });
  };
  const tuned = model();
  await tuned.compile({ ...objective, tuned: withEngine({ kernelMethod: "plain" }) });
  expect((await tuned.predict([[1, 2, 3]])).shape).toEqual([1, 2]);
  await tuned.dispose();
  // What is given comes before what the file says.
  const given = model();
  const file = withEngine({ kernelMethod: "warp" });
  const engineSettings = { kernelMethod: "plain" };
  await given.compile({ ...objective, tuned: file, engineSettings });
  await given.dispose();
  const bad = model().compile({ ...objective, tuned: file });
  await expect(bad).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringMatching(
      /^webgpu: kernelMethod must be one of auto, .* on this adapter, got "warp"$/,
    ) as string,
  });
});

test("a file that cannot be read is one line", async () => {
  const path = join(folder, "absent.json");
  await expect(model().compile({ ...objective, tuned: path })).rejects.toThrow(
    `${path}: tuned file must be readable, got ENOENT`,
  );
});
