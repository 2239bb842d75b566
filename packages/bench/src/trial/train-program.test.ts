// The check of large batches rests on one claim: a batch that repeats r rows trains like the r rows.
import { evaluate, tensorFrom, toReferences, type ModelSpec } from "@fastgpu/core";
import { planPrograms, type TrainingRequest } from "@fastgpu/runtime";
import { expect, test } from "vitest";
import { firstRows } from "./model-inputs.ts";
import { isRandom, referenceLosses, repeatedOrder, repeatedRows } from "./train-program.ts";

function spec(...between: { kind: string; config: Record<string, number> }[]): ModelSpec {
  const kinds = [
    { kind: "input", config: { shape: [3] } },
    { kind: "dense", config: { units: 4 } },
    ...between,
    { kind: "dense", config: { units: 2, activation: "softmax" } },
  ];
  const layers = kinds.map(({ kind, config }, i) => ({
    name: `l${i}`,
    kind,
    config,
    inputs: i === 0 ? [] : [`l${i - 1}`],
  }));
  return { name: "m", layers, inputs: ["l0"], outputs: [`l${layers.length - 1}`] };
}

const rows = 6;
const data = {
  x: tensorFrom(
    "f32",
    [rows, 3],
    Array.from({ length: rows * 3 }, (_, i) => Math.sin(i * 7.1)),
  ),
  y: tensorFrom(
    "f32",
    [rows, 2],
    Array.from({ length: rows * 2 }, (_, i) => Number(i % 4 < 2) ^ (i % 2)),
  ),
};

function request(model: ModelSpec, batchSize: number): TrainingRequest {
  const objective = { loss: "categoricalCrossentropy", optimizer: "adam", metrics: [] };
  return { model, objective, batchSize, seed: 3, data: { train: data } };
}

test("a batch of repeated rows has the losses of the rows alone, batch statistics included", () => {
  const model = spec({ kind: "batchNorm", config: {} });
  const programs = planPrograms(request(model, 6));
  const repeated = repeatedRows(6);
  const order = repeatedOrder(1, 6, repeated);
  expect([...order]).toEqual([0, 1, 0, 1, 0, 1]);
  const batch = Object.fromEntries(
    Object.entries(firstRows(data, repeated)).map(([name, value]) => {
      const values = [...value.data, ...value.data, ...value.data];
      return [name, tensorFrom("f32", [6, ...value.shape.slice(1)], values)];
    }),
  );
  let state = toReferences(programs.initialState);
  const losses = Array.from({ length: 3 }, () => {
    const after = evaluate(programs.step(6), toReferences(batch), state);
    ({ state } = after);
    return after.outputs["loss"]?.data[0] ?? NaN;
  });
  const references = new Map<string, unknown>();
  const small = referenceLosses(programs, data, repeated, 3, { references, key: "k" });
  expect(small).toHaveLength(3);
  small.forEach((loss, i) => {
    // Two rows leave batchNorm hardly any gradient, and Adam divides by its size, so rounding grows: 4e-7 were measured.
    expect(loss).toBeCloseTo(losses[i] ?? NaN, 5);
  });
  // Fewer and more steps of the same work come from what is known.
  const more = referenceLosses(programs, data, repeated, 4, { references, key: "k" });
  expect(more.slice(0, 3)).toEqual(small);
  expect(more[3]).toBeLessThan(more[0] ?? NaN);
});

test("programs with masks are told apart, odd batches repeat one row", () => {
  const masked = planPrograms(request(spec({ kind: "dropout", config: { rate: 0.5 } }), 4));
  expect(isRandom(masked.step(4))).toBe(true);
  expect(isRandom(planPrograms(request(spec(), 4)).step(4))).toBe(false);
  expect(repeatedRows(7)).toBe(1);
});
