// The whole life of a model on ONNX Runtime: described, trained, judged, asked, saved, gone on with.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluate, predictStep, toNumbers, toReferences } from "@fastgpu/core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import * as fg from "../src/index.ts";
import { classOf, points, tinyDataset } from "./tiny-data.ts";

const train = tinyDataset();
const validation = tinyDataset(20, 2);
const options = {
  optimizer: { name: "adam", learningRate: 0.05 },
  loss: "categoricalCrossentropy",
  metrics: ["accuracy"],
  backend: "onnx",
  threads: 1,
  seed: 3,
} as const satisfies fg.CompileOptions;
const fitOptions = { batchSize: 8, verbose: false };

let folder: string;
/** Trained for 2 epochs. Opening a device takes longer than all else here, so tests that leave it as it is share it. */
let half: fg.Model;
let open: fg.Model[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fastgpu-model-"));
  half = await trained(2);
  await half.save(join(folder, "half"));
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((model) => model.dispose()));
  open = [];
});
afterAll(async () => {
  await half.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function tracked(model: fg.Model): fg.Model {
  open.push(model);
  return model;
}

/** With dropout, so that the masks of a resumed training are tested too. */
function tinyModel(): fg.Model {
  return tracked(new fg.Model({ name: "tiny" }))
    .add(fg.layers.input(3))
    .add(fg.layers.dense(8, { activation: "tanh" }))
    .add(fg.layers.dropout(0.1))
    .add(fg.layers.dense(2, { activation: "softmax" }));
}

async function trained(epochs: number): Promise<fg.Model> {
  const model = tinyModel();
  await model.compile(options);
  await model.fit(train, { ...fitOptions, epochs });
  return model;
}

test("a model learns, and its history, evaluation and predictions agree", async () => {
  const model = tinyModel();
  await model.compile(options);
  const history = await model.fit(train, { ...fitOptions, epochs: 8, validationData: validation });
  expect(history.stopReason).toBe("completed");
  expect(Object.keys(history.history)).toEqual(["loss", "accuracy", "val_loss", "val_accuracy"]);
  const { loss = [] } = history.history;
  expect(loss).toHaveLength(8);
  expect(loss.at(-1)).toBeLessThan((loss[0] ?? 0) / 2);
  expect(history.epochs[0]?.stepLosses).toHaveLength(7);
  const judged = await model.evaluate(validation);
  expect(judged).toEqual({
    loss: history.last["val_loss"],
    accuracy: history.last["val_accuracy"],
  });
  // The same rows in another container go another way to the device.
  const loose = await model.evaluate({ x: points(20, 2), y: points(20, 2).map(classOf) });
  expect(loose.loss).toBeCloseTo(judged.loss, 6);
  const predicted = (await model.predict(validation)).argMax();
  const hits = points(20, 2).filter((point, i) => classOf(point) === predicted[i]).length;
  expect(hits / 20).toBeCloseTo(judged["accuracy"] ?? NaN, 10);
});

test("predictions are those of the float64 reference, whatever the number of rows", async () => {
  const state = toReferences(await half.readState());
  for (const rows of [1, 5, 700]) {
    const x = points(rows, 7);
    const predictions = await half.predict(x);
    expect(predictions.shape).toEqual([rows, 2]);
    const inputs = {
      x: {
        dtype: "f32" as const,
        shape: [rows, 3],
        data: Float64Array.from(x.flat(), Math.fround),
      },
    };
    const { outputs } = evaluate(predictStep(half.spec, { batch: rows }), inputs, state);
    const expected = outputs["dense_1"]?.data ?? [];
    const found = toNumbers({ dtype: "f32", shape: predictions.shape, data: predictions.data });
    found.forEach((value, i) => {
      expect(Math.abs(value - (expected[i] ?? NaN))).toBeLessThan(1e-5);
    });
    expect(predictions.toArray()).toHaveLength(rows);
    expect([...predictions.row(0)]).toEqual([...found.slice(0, 2)]);
  }
});

test("the same seed gives the same bits, another seed others", async () => {
  const again = await trained(2);
  expect(await again.readState()).toEqual(await half.readState());
  const other = tinyModel();
  await other.compile({ ...options, seed: 4 });
  await other.fit(train, { ...fitOptions, epochs: 2 });
  expect(await other.readState()).not.toEqual(await half.readState());
});

test("2 epochs, save, load and 2 more are 4 epochs, bit for bit", async () => {
  const straight = await trained(4);
  expect(readdirSync(join(folder, "half")).sort()).toEqual(["model.json", "weights.safetensors"]);
  const place = { backend: "onnx", threads: 1 };
  const resumed = tracked(await fg.loadModel(join(folder, "half"), place));
  expect(resumed.epochsTrained).toBe(2);
  expect(resumed.spec).toEqual(half.spec);
  expect(await resumed.readState()).toEqual(await half.readState());
  await resumed.fit(train, { ...fitOptions, epochs: 2 });
  expect(await resumed.readState()).toEqual(await straight.readState());
});

test("a save without the optimizer keeps the parameters alone and still loads", async () => {
  await half.save(join(folder, "slim"), { optimizer: false });
  const place = { backend: "onnx", threads: 1 };
  const loaded = tracked(await fg.loadModel(join(folder, "slim"), place));
  expect(Object.keys(await loaded.readState()).sort()).toEqual([
    "dense/bias",
    "dense/kernel",
    "dense_1/bias",
    "dense_1/kernel",
  ]);
  expect(await loaded.evaluate(train)).toEqual(await half.evaluate(train));
});

test("another fit goes on, disposed of or not; compiling again keeps the parameters alone", async () => {
  const model = await trained(1);
  await model.dispose();
  await model.fit(train, fitOptions);
  expect(await model.readState()).toEqual(await half.readState());
  expect(model.epochsTrained).toBe(2);
  await model.compile({ ...options, optimizer: "sgd", metrics: [] });
  const before = await half.evaluate(train);
  expect((await model.evaluate(train)).loss).toBeCloseTo(before.loss, 6);
  expect(Object.keys(await model.readState())).not.toContain("optimizer/m/dense/kernel");
  await model.fit(train, fitOptions);
  expect(model.epochsTrained).toBe(3);
});

test("several inputs and outputs, shared layers and losses by output", async () => {
  const a = fg.input(3, { name: "a" });
  const b = fg.input([3], { name: "b" });
  const shared = fg.layers.dense(4, { activation: "relu" });
  const joined = fg.layers.concat().apply([shared.apply(a), shared.apply(b)]);
  const kind = fg.layers.dense(2, { activation: "softmax", name: "kind" }).apply(joined);
  const size = fg.layers.dense(1, { name: "size" }).apply(joined);
  const model = tracked(new fg.Model({ inputs: [a, b], outputs: [kind, size] }));
  expect(model.spec.layers.map(({ name }) => name)).toEqual([
    "a",
    "b",
    "dense",
    "dense_1",
    "concat",
    "kind",
    "size",
  ]);
  expect(model.spec.layers[3]).toMatchObject({ weightsOf: "dense" });
  await model.compile({
    ...options,
    loss: { kind: "sparseCategoricalCrossentropy", size: "meanSquaredError" },
    metrics: { kind: ["accuracy"] },
    lossWeights: { size: 0.5 },
  });
  const x = { a: points(20, 1), b: points(20, 2) };
  const y = { kind: points(20, 1).map(classOf), size: points(20, 1).map(([first = 0]) => first) };
  const before = await model.evaluate({ x, y });
  const history = await model.fit({ x, y }, { ...fitOptions, epochs: 10 });
  expect(Object.keys(before).sort()).toEqual(["kind/accuracy", "kind/loss", "loss", "size/loss"]);
  expect(history.last["loss"]).toBeLessThan(before.loss / 2);
  const { outputs } = await model.predict(x);
  expect(outputs["kind"]?.shape).toEqual([20, 2]);
  expect(outputs["size"]?.shape).toEqual([20, 1]);
});

test("a lost device is one error; the model goes on from what it knew", async () => {
  const model = await trained(1);
  const known = await model.readState();
  const { processId } = await model.placement();
  const killed = model.fit(train, {
    ...fitOptions,
    epochs: 1000,
    callbacks: [{ onEpochEnd: () => void process.kill(processId, "SIGKILL") }],
  });
  await expect(killed).rejects.toThrow(fg.BackendCrashedError);
  expect(model.epochsTrained).toBe(1);
  expect(await model.readState()).toEqual(known);
  expect((await model.fit(train, fitOptions)).stopReason).toBe("completed");
  expect(model.epochsTrained).toBe(2);
});
