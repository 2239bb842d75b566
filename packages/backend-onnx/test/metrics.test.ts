// Sums behind every metric on ONNX Runtime against the reference, masked; and scores that are NaN, as those of a
// training that diverged, end in numbers and not in an error of the engine.
import {
  addSums,
  evalStep,
  evaluate,
  finishMetrics,
  simplify,
  tensorFrom,
  toNumbers,
  type Device,
  type EvalStep,
  type ModelSpec,
  type RefMap,
  type TensorMap,
} from "@fastgpu/core";
import { sampleTensor } from "@fastgpu/core/reference";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestDevice } from "./device.ts";

let device: Device;
beforeAll(async () => {
  device = await openTestDevice();
});
afterAll(() => device.dispose());

const [rows, classes] = [9, 4];

/** A model that passes its input on. */
const same: ModelSpec = {
  name: "same",
  layers: [
    { name: "in", kind: "input", config: { shape: [classes] }, inputs: [] },
    { name: "out", kind: "activation", config: { activation: "linear" }, inputs: ["in"] },
  ],
  inputs: ["in"],
  outputs: ["out"],
};

function program(isSparse: boolean): EvalStep {
  const ranking = ["accuracy", "topK", "precision", "recall", "f1", "auc"];
  return evalStep(same, {
    batch: rows,
    loss: isSparse ? "sparseCategoricalCrossentropy" : "meanSquaredError",
    metrics: isSparse ? ranking : [...ranking, "binaryAccuracy", "mae", "mse", "rmse", "r2"],
    isMasked: true,
  });
}

function dataOf(isSparse: boolean): RefMap {
  const labels = Float64Array.from({ length: rows }, (_, i) => (i * 3) % classes);
  const oneHot = Float64Array.from({ length: rows * classes }, (_, i) =>
    labels[Math.floor(i / classes)] === i % classes ? 1 : 0,
  );
  return {
    x: sampleTensor({ dtype: "f32", shape: [rows, classes] }, 3, { low: 0.02, high: 0.98 }),
    y: isSparse
      ? { dtype: "i32", shape: [rows], data: labels }
      : { dtype: "f32", shape: [rows, classes], data: oneHot },
    mask: {
      dtype: "f32",
      shape: [rows],
      data: Float64Array.from({ length: rows }, (_, i) => (i % 4 === 0 ? 0 : 1)),
    },
  };
}

function host(values: RefMap): TensorMap {
  return Object.fromEntries(
    Object.entries(values).map(([name, { dtype, shape, data }]) => [
      name,
      tensorFrom(dtype, shape, data),
    ]),
  );
}

test.each([true, false])("sums and metrics, labels sparse: %s", async (isSparse) => {
  const { graph, report } = program(isSparse);
  const executable = await device.compile(simplify(graph));
  const data = dataOf(isSparse);
  const found = (await executable.run(host(data)))["metrics"]!;
  const expected = evaluate(graph, data).outputs["metrics"]!;
  toNumbers(found).forEach((value, i) => {
    // Sums of at most 36 f32 numbers.
    expect(Math.abs(value - expected.data[i]!)).toBeLessThan(1e-5);
  });
  const byReference = addSums(report, tensorFrom("f32", expected.shape, expected.data));
  const metrics = finishMetrics(report, addSums(report, found));
  for (const [name, value] of Object.entries(finishMetrics(report, byReference))) {
    expect(metrics[name], name).toBeCloseTo(value, 4);
  }
  await executable.dispose();
});

test("NaN scores are misses", async () => {
  const { graph, report } = program(true);
  const executable = await device.compile(simplify(graph));
  const data = dataOf(true);
  const x = { ...data["x"]!, data: data["x"]!.data.map(() => NaN) };
  const found = (await executable.run(host({ ...data, x })))["metrics"]!;
  const metrics = finishMetrics(report, addSums(report, found));
  expect(metrics["topK"]).toBe(0);
  // All scores share one bin: every pair is a tie.
  expect(metrics["auc"]).toBeCloseTo(0.5, 6);
  await executable.dispose();
});
