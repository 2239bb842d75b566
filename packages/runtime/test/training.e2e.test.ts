// Trainings in a backend process against the same programs run one by one on the reference interpreter.
import { fileURLToPath } from "node:url";
import {
  evaluate,
  finishMetrics,
  initialTrainState,
  evalStep,
  tensorFrom,
  toNumbers,
  toReferences,
  trainStep,
  unpackState,
  type ModelSpec,
  type RefMap,
  type TensorMap,
} from "@fastgpu/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DevicePool, openTraining, type RemoteDevice, type TrainingRequest } from "../src/index.ts";

const backend = fileURLToPath(new URL("fixtures/reference-backend.mjs", import.meta.url));

const model: ModelSpec = {
  name: "small",
  layers: [
    { name: "in", kind: "input", config: { shape: [3] }, inputs: [] },
    { name: "hidden", kind: "dense", config: { units: 4, activation: "tanh" }, inputs: ["in"] },
    { name: "out", kind: "dense", config: { units: 2, activation: "softmax" }, inputs: ["hidden"] },
  ],
  inputs: ["in"],
  outputs: ["out"],
};

const objective = {
  loss: "categoricalCrossentropy",
  optimizer: { name: "adam", learningRate: 0.05 },
  metrics: ["accuracy"],
} as const;

/** 23 rows: with batches of 4 there are 5 full steps and 3 rows left. */
const rowCount = 23;
const train = makeData(rowCount, 1);
const validation = makeData(7, 2);
const request: TrainingRequest = {
  model,
  objective,
  batchSize: 4,
  stepsPerRun: 2,
  seed: 5,
  data: { train, validation },
};
const order = Int32Array.from({ length: rowCount }, (_, i) => (i * 5) % rowCount);

/** A linear rule on pseudo-random rows, so that there is something to learn. */
function makeData(rows: number, salt: number): TensorMap {
  const x = Array.from({ length: rows * 3 }, (_, i) => Math.sin(i * 12.9898 + salt));
  const y = Array.from({ length: rows }, (_, r) => {
    const isFirst = (x[r * 3] ?? 0) + (x[r * 3 + 1] ?? 0) > 0;
    return isFirst ? [1, 0] : [0, 1];
  });
  return { x: tensorFrom("f32", [rows, 3], x), y: tensorFrom("f32", [rows, 2], y.flat()) };
}

function rowsOf(data: TensorMap, rows: ArrayLike<number>): RefMap {
  const entries = Object.entries(data).map(([name, value]) => {
    const width = value.shape[1] ?? 1;
    const all = toNumbers(value);
    const picked = Array.from(rows).flatMap((row) => [
      ...all.slice(row * width, (row + 1) * width),
    ]);
    const shape = [rows.length, width];
    return [name, { dtype: value.dtype, shape, data: Float64Array.from(picked) }] as const;
  });
  return Object.fromEntries(entries);
}

/** The same epoch, step by step, without packing, unrolling or resident data. */
function referenceEpoch(): { state: RefMap; losses: number[] } {
  const options = { ...objective, seed: 5 };
  let state: RefMap = toReferences(
    initialTrainState(trainStep(model, { ...options, batch: 4 }), 5),
  );
  const losses: number[] = [];
  for (let first = 0; first < rowCount; first += 4) {
    const rows = order.subarray(first, first + 4);
    const { graph } = trainStep(model, { ...options, batch: rows.length });
    const run = evaluate(graph, rowsOf(train, rows), state);
    state = run.state;
    losses.push(run.outputs["loss"]?.data[0] ?? NaN);
  }
  return { state, losses };
}

let pool: DevicePool;
let device: RemoteDevice;
beforeEach(async () => {
  pool = new DevicePool();
  device = await pool.openDevice({ backend, device: "default" });
});
afterEach(() => pool.close());

function expectClose(found: TensorMap, expected: RefMap, tolerance: number): void {
  for (const [name, { data }] of Object.entries(expected)) {
    const value = found[name];
    expect(value, name).toBeDefined();
    const numbers = value === undefined ? [] : toNumbers(value);
    data.forEach((number, i) => {
      expect(Math.abs((numbers[i] ?? NaN) - number), `${name}[${i}]`).toBeLessThan(tolerance);
    });
  }
}

test("an epoch of unrolled, single and remainder steps equals the steps one by one", async () => {
  const training = await openTraining(device, request);
  expect(training.stepsPerRun).toBe(2);
  const epoch = await training.epoch(order);
  const expected = referenceEpoch();
  expect(epoch.isComplete).toBe(true);
  expect(epoch.rows).toBe(rowCount);
  expect([...epoch.losses].map((loss) => Number(loss.toFixed(4)))).toEqual(
    expected.losses.map((loss) => Number(loss.toFixed(4))),
  );
  expectClose(await training.readState(), expected.state, 2e-5);
  const weighted = expected.losses.reduce((sum, loss, i) => sum + loss * (i < 5 ? 4 : 3), 0);
  expect(epoch.loss).toBeCloseTo(weighted / rowCount, 5);
});

test("an evaluation equals one over all rows at once", async () => {
  const training = await openTraining(device, request);
  await training.epoch(order);
  const evaluated = await training.evaluate("validation");
  const whole = evalStep(model, { ...objective, batch: 7 });
  const state = toReferences(unpackState(training.layout, await training.readState()));
  const rows = Int32Array.from({ length: 7 }, (_, i) => i);
  const { outputs } = evaluate(whole.graph, rowsOf(validation, rows), state);
  const sums = outputs["metrics"]?.data ?? new Float64Array();
  const { loss, ...metrics } = finishMetrics(whole.report, sums);
  expect(evaluated.loss).toBeCloseTo(loss ?? NaN, 5);
  expect(evaluated.metrics).toEqual(metrics);
});

test("streamed data trains to the bits of resident data at one step per run", async () => {
  const single = { ...request, stepsPerRun: 1 };
  const resident = await openTraining(device, single);
  const streamed = await openTraining(device, { ...single, residentLimitBytes: 0 });
  const first = await resident.epoch(order);
  const second = await streamed.epoch(order);
  expect(second.losses).toEqual(first.losses);
  expect(second.metrics).toEqual(first.metrics);
  expect(await streamed.readState()).toEqual(await resident.readState());
  expect((await streamed.evaluate("train")).loss).toBe((await resident.evaluate("train")).loss);
});

test("a state that was read goes on where it was, in the same training and in a new one", async () => {
  const training = await openTraining(device, request);
  await training.epoch(order);
  const saved = await training.readState();
  const next = await training.epoch(order);
  await training.writeState(saved);
  expect((await training.epoch(order)).losses).toEqual(next.losses);
  await training.dispose();
  const resumed = await openTraining(device, { ...request, initialState: saved });
  expect((await resumed.epoch(order)).losses).toEqual(next.losses);
});

test("an aborted epoch says so and the training goes on", async () => {
  const training = await openTraining(device, request);
  const signal = AbortSignal.abort();
  expect((await training.epoch(order, { signal })).isComplete).toBe(false);
  expect((await training.epoch(order)).isComplete).toBe(true);
});

test.each(["f16", "mixed"] as const)("%s trains with state in f32", async (precision) => {
  const training = await openTraining(device, { ...request, precision });
  const before = await training.evaluate("train");
  for (let i = 0; i < 6; i++) await training.epoch(order);
  const after = await training.evaluate("train");
  expect(after.loss).toBeLessThan(before.loss * 0.8);
  expect((await training.readState())["hidden/kernel"]?.dtype).toBe("f32");
});

test.each<[string, Partial<TrainingRequest>, string]>([
  ["an unknown port", { data: { train: { ...train, z: train["x"]! } } }, 'got "z"'],
  ["a missing port", { data: { train: { x: train["x"]! } } }, 'got no "y"'],
  ["rows of another shape", { data: { train: validationOf([4]) } }, "must be rows of f32[3]"],
  ["no rows", { data: { train: makeData(0, 1) } }, "at least one row"],
  ["a batch of 0", { batchSize: 0 }, "must be an integer >= 1, got 0"],
  ["half a step", { stepsPerRun: 0.5 }, 'must be an integer >= 1 or "auto", got 0.5'],
  ["int8", { precision: "int8" }, "must use f32, mixed or f16, got int8"],
  ["an unknown slot", { initialState: { other: train["x"]! } }, 'got "other"'],
])("%s is refused in one line", async (_, change, message) => {
  const opening = openTraining(device, { ...request, ...change });
  await expect(opening).rejects.toThrow(message);
});

function validationOf(row: readonly number[]): TensorMap {
  const size = 5 * row.reduce((product, length) => product * length, 1);
  return {
    x: tensorFrom("f32", [5, ...row], new Array<number>(size).fill(0)),
    y: tensorFrom("f32", [5, 2], new Array<number>(10).fill(0)),
  };
}

test("rows that do not exist are refused", async () => {
  const training = await openTraining(device, request);
  await expect(training.epoch(Int32Array.of(0, rowCount))).rejects.toThrow(`got row ${rowCount}`);
  await expect(training.epoch(new Int32Array(0))).rejects.toThrow("got an empty order");
});
