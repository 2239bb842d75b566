// Tolerances follow from the program: nothing for exact ones, roundings for others, more for more terms and cancellation.
import { tensorFrom, toReference, type DType, type Value } from "@fastgpu/core";
import * as f from "@fastgpu/core/functional";
import { programOf } from "@fastgpu/core/reference";
import { expect, it } from "vitest";
import { expectRuns } from "./bounds.ts";

/** Largest bound of y = formula(x0) at given numbers. */
function boundOf(
  formula: (x: Value) => Value,
  values: readonly number[],
  dtype: DType = "f32",
): number {
  const graph = programOf([`${dtype}[${values.length}]`], ([x]) => formula(x!));
  const x0 = toReference(tensorFrom(dtype, [values.length], values));
  const [run] = expectRuns(graph, [{ x0 }]);
  return Math.max(...run!.outputs["y"]!.bounds);
}

const wave = (length: number): number[] =>
  Array.from({ length }, (_, i) => Math.fround(Math.sin(i * 2.3) + 1.5));

it("is 0 for what only moves, chooses or counts", () => {
  const values = [0.1, -7, 3.3, 1e30];
  expect(boundOf((x) => f.reverse(f.neg(x), [0]), values)).toBe(0);
  expect(boundOf((x) => f.maximum(x, 2), values)).toBe(0);
  expect(boundOf((x) => f.reduceSum(f.cast(f.greater(x, 1), "f32")), values)).toBe(0);
  expect(boundOf((x) => f.div(x, 2), [8, 6, -4, 1])).toBe(0);
  expect(boundOf((x) => f.mul(x, x), [3, 5], "i32")).toBe(0);
});

it("is a few roundings of the dtype for one op", () => {
  const single = boundOf(f.exp, [1, 0.3]);
  const half = boundOf(f.exp, [1, 0.3], "f16");
  // Four roundings of e, each at most 2^-24 of it, eight times as much for safety, and four on top.
  expect(single).toBeGreaterThan(Math.E * 2 ** -24);
  expect(single).toBeLessThan(64 * Math.E * 2 ** -24);
  expect(half / single).toBeGreaterThan(2 ** 12);
  expect(half / single).toBeLessThan(2 ** 14);
});

it("grows with the number of terms and does not shrink when they cancel", () => {
  const total = (x: Value): Value => f.reduceSum(x);
  const [few, many] = [boundOf(total, wave(16)), boundOf(total, wave(1600))];
  expect(many).toBeGreaterThan(20 * few);
  const cancelling = wave(1600).map((value, i) => (i % 2 === 0 ? value : -value));
  expect(boundOf(total, cancelling)).toBeGreaterThan(many / 4);
});

it("carries errors through state from run to run", () => {
  const { graph, x0, w } = growing();
  const runs = expectRuns(
    graph,
    Array.from({ length: 6 }, () => ({ x0 })),
    { w },
  );
  const bounds = runs.map(({ state }) => Math.max(...state["w"]!.bounds));
  // Relative to the value: 1.1^5 of the growth is that of the number itself.
  expect(bounds[5]! / 1.1 ** 5).toBeGreaterThan(1.3 * bounds[0]!);
  expect(runs[5]!.state["w"]!.data[0]).toBeCloseTo(1.5 * 1.1 ** 6, 6);
});

/** w *= x0. */
function growing(): {
  graph: ReturnType<typeof programOf>;
  x0: ReturnType<typeof toReference>;
  w: ReturnType<typeof toReference>;
} {
  const graph = programOf(["f32[32]"], ([x], builder) => {
    const next = f.mul(builder.state("w", "f32", [32]), x!);
    builder.setNext("w", next);
    return next;
  });
  return {
    graph,
    x0: toReference(tensorFrom("f32", [32], new Array<number>(32).fill(1.1))),
    w: toReference(tensorFrom("f32", [32], new Array<number>(32).fill(1.5))),
  };
}
