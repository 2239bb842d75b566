// Rows that are fitted, invented, cut and repeated.
import { predictStep, tensorFrom, trainStep, type ModelSpec } from "@fastgpu/core";
import { expect, test } from "vitest";
import { cycleRows, firstRows, fitRows, inventRows } from "./model-inputs.ts";
import { randomModelTensor, randomTensor } from "./random-tensor.ts";

function model(first: object, ...rest: { kind: string; config: object }[]): ModelSpec {
  const layers = [{ kind: "input", config: first }, ...rest].map(({ kind, config }, i) => ({
    name: `l${i}`,
    kind,
    config: config as ModelSpec["layers"][number]["config"],
    inputs: i === 0 ? [] : [`l${i - 1}`],
  }));
  return { name: "m", layers, inputs: ["l0"], outputs: [`l${layers.length - 1}`] };
}

const dense = { kind: "dense", config: { units: 5, activation: "softmax" } };

test("rows are reshaped over axes of size 1 only", () => {
  const image = predictStep(model({ shape: [1, 2, 2] }, { kind: "flatten", config: {} }), {
    batch: 3,
  });
  const flat = { x: tensorFrom("f32", [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]) };
  expect(fitRows(flat, image, "w")["x"]?.shape).toEqual([2, 1, 2, 2]);
  const wrong = { x: tensorFrom("f32", [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]) };
  expect(() => fitRows(wrong, image, 's.json:3:5: data "d"')).toThrow(
    's.json:3:5: data "d": "x" must be rows of f32[1,2,2], got f32[2,4]',
  );
});

test("missing and additional tensors: what a program does not take is left, what it takes must be there", () => {
  const program = predictStep(model({ shape: [2] }, dense), { batch: 1 });
  const x = tensorFrom("f32", [1, 2], [1, 2]);
  expect(Object.keys(fitRows({ x, y: x }, program, "w"))).toEqual(["x"]);
  expect(() => fitRows({ z: x }, program, "w")).toThrow('got no "x"');
});

test("invented targets are one class per row, invented positions lie in the smallest table", () => {
  const options = { batch: 2, loss: "categoricalCrossentropy", optimizer: "sgd", metrics: [] };
  const step = trainStep(model({ shape: [3] }, dense), options).graph;
  const { y } = inventRows(step, model({ shape: [3] }, dense), 40, 1);
  expect(y?.shape).toEqual([40, 5]);
  const sums = Array.from({ length: 40 }, (_, row) =>
    Array.from(y?.data.subarray(row * 5, row * 5 + 5) ?? []).reduce((sum, value) => sum + value, 0),
  );
  expect(sums).toEqual(Array(40).fill(1));
  const words = model(
    { shape: [6], dtype: "i32" },
    { kind: "embedding", config: { inputDim: 7, outputDim: 2 } },
  );
  const { x } = inventRows(predictStep(words, { batch: 1 }), words, 50, 1);
  expect(x?.dtype).toBe("i32");
  expect(new Set(x?.data)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
});

test("rows are cut and repeated", () => {
  const rows = { x: tensorFrom("f32", [3, 2], [1, 2, 3, 4, 5, 6]) };
  expect(firstRows(rows, 2)["x"]).toEqual(tensorFrom("f32", [2, 2], [1, 2, 3, 4]));
  const cycled = cycleRows(rows, 4)["x"];
  expect(cycled).toEqual(tensorFrom("f32", [4, 2], [1, 2, 3, 4, 5, 6, 1, 2]));
});

test("random numbers: seeded, in range, of every element type", () => {
  const type = { dtype: "f32", shape: [1000] } as const;
  expect(randomTensor(type, 4)).toEqual(randomTensor(type, 4));
  expect(randomTensor(type, 4)).not.toEqual(randomTensor(type, 5));
  const numbers = Array.from(randomTensor(type, 4, { low: 2, high: 3 }).data);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(2);
  expect(Math.max(...numbers)).toBeLessThan(3);
  const i64 = randomModelTensor({ dtype: "i64", shape: [2] }, 1, { low: 16_000, high: 16_000 });
  expect(i64.data).toEqual(BigInt64Array.of(16_000n, 16_000n));
  const text = randomModelTensor({ dtype: "string", shape: [3] }, 1);
  expect(text.data).toHaveLength(3);
  // Longer than the period, and no multiple of it: the repetition must not leave a hole.
  const long = randomTensor({ dtype: "f32", shape: [65_537 * 2 + 5] }, 1);
  expect(long.data[65_537 + 3]).toBe(long.data[3]);
  expect(long.data.every((value) => value !== 0)).toBe(true);
});
