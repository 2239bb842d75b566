// Callbacks: each does what it says, at the right time, on real trainings.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import * as fg from "../src/index.ts";
import { tinyDataset } from "./tiny-data.ts";

const { checkpoint, csvLog, earlyStopping, progress } = fg.callbacks;
const train = tinyDataset();
const validation = tinyDataset(20, 2);
const fitOptions = { batchSize: 8, verbose: false, validationData: validation };

let model: fg.Model;
let start: fg.TensorMap;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fastgpu-callbacks-"));
  model = new fg.Model().add(fg.layers.input(3)).add(fg.layers.dense(2, { activation: "softmax" }));
  await model.compile({
    optimizer: { name: "sgd", learningRate: 0.5 },
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
    backend: "onnx",
    threads: 1,
  });
  start = await model.readState();
});
beforeEach(() => model.writeState(start, 0));
afterAll(async () => {
  await model.dispose();
  rmSync(folder, { recursive: true, force: true });
});

test("they are told everything in order", async () => {
  const seen: string[] = [];
  const history = await model.fit(train, {
    ...fitOptions,
    epochs: 2,
    callbacks: [
      {
        onTrainStart: ({ firstEpoch, lastEpoch }) => void seen.push(`${firstEpoch}-${lastEpoch}`),
        onEpochEnd: ({ epoch }) => Promise.resolve(void seen.push(`epoch ${epoch}`)),
        onTrainEnd: ({ stopReason }) => void seen.push(stopReason),
      },
    ],
  });
  expect(seen).toEqual(["1-2", "epoch 1", "epoch 2", "completed"]);
  expect(history.epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
  expect(history.durationNs).toBeGreaterThan(0);
});

test("an error in a callback ends the training and leaves the model usable", async () => {
  const failing = { onEpochEnd: () => Promise.reject(new Error("no disk")) };
  const fitting = model.fit(train, { ...fitOptions, epochs: 5, callbacks: [failing] });
  await expect(fitting).rejects.toThrow("no disk");
  expect(model.epochsTrained).toBe(1);
  expect(await model.evaluate(train)).toHaveProperty("loss");
});

test("early stopping waits for its patience and restores the best epoch", async () => {
  const states: fg.TensorMap[] = [];
  const worsen = {
    onEpochEnd: async (_: fg.EpochRecord, run: fg.TrainingRun) => {
      states.push(await run.readState());
    },
  };
  // The monitored number only gets worse: less accuracy would be better.
  const stopping = earlyStopping({
    monitor: "accuracy",
    mode: "min",
    patience: 2,
    restoreBest: true,
  });
  const history = await model.fit(train, {
    ...fitOptions,
    epochs: 50,
    callbacks: [worsen, stopping],
  });
  expect(history.stopReason).toBe("stopped");
  expect(history.stopDetail).toMatch(/^accuracy has not improved on 0\.\d+ for 2 epochs$/);
  const accuracies = history.history["accuracy"] ?? [];
  const best = accuracies.indexOf(Math.min(...accuracies));
  expect(history.epochs).toHaveLength(best + 3);
  expect(await model.readState()).toEqual(states[best]);
});

test("a name that is not monitored is refused with those that are", async () => {
  const callbacks = [earlyStopping({ monitor: "val_f1" })];
  await expect(model.fit(train, { ...fitOptions, callbacks })).rejects.toThrow(
    'monitor: must be one of loss, accuracy, val_loss, val_accuracy, got "val_f1"',
  );
  expect(() => earlyStopping({ patience: 0 })).toThrow("patience must be an integer >= 1, got 0");
  expect(() => checkpoint("x", { every: 0.5 })).toThrow("every must be an integer >= 1, got 0.5");
});

test("checkpoints are models of their epochs", async () => {
  const callbacks = [checkpoint(join(folder, "at-{epoch}"), { every: 2 })];
  await model.fit(train, { ...fitOptions, epochs: 2, callbacks });
  const expected = await model.readState();
  await model.fit(train, { ...fitOptions, epochs: 1 });
  const loaded = await fg.loadModel(join(folder, "at-2"), { backend: "onnx", threads: 1 });
  expect(await loaded.readState()).toEqual(expected);
  expect(loaded.epochsTrained).toBe(2);
  await loaded.dispose();
  await expect(fg.loadModel(join(folder, "at-1"))).rejects.toThrow(fg.DataError);
});

test("the CSV log has a line per epoch and goes on after a restart", async () => {
  const path = join(folder, "log.csv");
  const history = await model.fit(train, { ...fitOptions, epochs: 2, callbacks: [csvLog(path)] });
  await model.fit(train, { ...fitOptions, callbacks: [csvLog(path, { append: true })] });
  const lines = readFileSync(path, "utf8").trim().split("\n");
  expect(lines[0]).toBe("epoch,loss,accuracy,val_loss,val_accuracy,train_seconds");
  expect(lines.slice(1).map((line) => line.split(",")[0])).toEqual(["1", "2", "3"]);
  expect(Number(lines[2]?.split(",")[1])).toBe(history.last["loss"]);
  const lost = csvLog(join(folder, "absent", "log.csv"));
  await expect(model.fit(train, { ...fitOptions, callbacks: [lost] })).rejects.toThrow(
    /csvLog: .*log\.csv must be writable, got ENOENT/,
  );
});

test("progress prints a line per epoch, and overwrites itself on a terminal only", async () => {
  const written: string[] = [];
  const target = { write: (text: string) => written.push(text) };
  await model.fit(train, { ...fitOptions, epochs: 2, callbacks: [progress(target)] });
  expect(written).toHaveLength(2);
  expect(written[1]).toMatch(
    /^epoch 2\/2 {2}loss \d\.\d{4} {2}accuracy \d\.\d{4} {2}val_loss \d\.\d{4} {2}val_accuracy \d\.\d{4} {2}\d+\.\d\d s {2}[\d,]+ rows\/s\n$/,
  );
  const bar = progress({ ...target, isTTY: true });
  const run = { firstEpoch: 1, lastEpoch: 3 } as fg.TrainingRun;
  bar.onProgress?.({ epoch: 1, rowsDone: 1, rowsTotal: 3, loss: 2 }, run);
  expect(written.at(-1)).toBe("\r\u001b[Kepoch 1/3  33%  loss 2.0000");
});

test("an aborted signal ends the training between runs", async () => {
  const controller = new AbortController();
  const history = await model.fit(train, {
    ...fitOptions,
    epochs: 1000,
    signal: controller.signal,
    callbacks: [
      {
        onEpochEnd: ({ epoch }) => {
          if (epoch === 3) controller.abort();
        },
      },
    ],
  });
  expect(history.stopReason).toBe("aborted");
  expect(history.epochs).toHaveLength(3);
  expect((await model.fit(train, fitOptions)).stopReason).toBe("completed");
});

test("a second fit is refused while one runs; evaluation is not", async () => {
  let losses: number[] = [];
  const first = model.fit(train, {
    ...fitOptions,
    epochs: 2,
    callbacks: [
      {
        onEpochEnd: async () => void losses.push((await model.evaluate(validation)).loss),
      },
    ],
  });
  await expect(model.fit(train)).rejects.toThrow("must not be training, got a fit that runs");
  const history = await first;
  expect(losses).toEqual(history.history["val_loss"]);
  losses = [];
});
