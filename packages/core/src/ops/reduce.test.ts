// Reductions against sums over coordinates and hand-worked cases.
import { describe, expect, test } from "vitest";
import { reduceMax, reduceMin, reduceProd as product } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import { evaluate } from "../reference/evaluate.ts";
import { checkGradient, gradientGraph } from "../reference/gradient-check.ts";
import { evaluateOp, parseType, programOf, refTensor } from "../reference/program.ts";
import { sampleTensor } from "../reference/sample.ts";

const reductions = {
  reduceSum: (list: number[]) => list.reduce((a, b) => a + b, 0),
  reduceProd: (list: number[]) => list.reduce((a, b) => a * b, 1),
  reduceMax: (list: number[]) => Math.max(...list),
  reduceMin: (list: number[]) => Math.min(...list),
} as const;

const names = Object.keys(reductions) as (keyof typeof reductions)[];

describe.each(names)("%s", (name) => {
  const x = sampleTensor(parseType("f32[2,3,4]"), 1);
  const at = (i: number, j: number, k: number): number => x.data[(i * 3 + j) * 4 + k]!;
  const range = (size: number): number[] => [...Array(size).keys()];

  test("over a middle axis", () => {
    const result = evaluateOp(name, [x], { axes: [1], keepDims: false });
    expect(result.shape).toEqual([2, 4]);
    const expected = range(2).flatMap((i) =>
      range(4).map((k) => reductions[name](range(3).map((j) => at(i, j, k)))),
    );
    expect([...result.data]).toEqual(expected);
  });

  test("over two axes, kept", () => {
    const result = evaluateOp(name, [x], { axes: [-1, 0], keepDims: true });
    expect(result.shape).toEqual([1, 3, 1]);
    const expected = range(3).map((j) =>
      reductions[name](range(2).flatMap((i) => range(4).map((k) => at(i, j, k)))),
    );
    expect([...result.data]).toEqual(expected);
  });

  test("over no axis and over all", () => {
    expect(evaluateOp(name, [x], { axes: [], keepDims: false }).data).toEqual(x.data);
    const all = evaluateOp(name, [x], { axes: [0, 1, 2], keepDims: false });
    expect(all.shape).toEqual([]);
    expect([...all.data]).toEqual([reductions[name]([...x.data])]);
  });

  test("over an empty axis gives the neutral element", () => {
    const empty = evaluateOp(name, [refTensor("f32[0,2]", [])], { axes: [0], keepDims: false });
    expect([...empty.data]).toEqual([reductions[name]([]), reductions[name]([])]);
    const none = evaluateOp(name, [refTensor("f32[0,2]", [])], { axes: [1], keepDims: false });
    expect(none.shape).toEqual([0]);
  });

  test("NaN wins", () => {
    const result = evaluateOp(name, [refTensor("f32[3]", [1, NaN, 2])], {
      axes: [0],
      keepDims: false,
    });
    expect([...result.data]).toEqual([NaN]);
  });
});

test.each([
  ["reduceMax", "i32", -2147483648],
  ["reduceMin", "i32", 2147483647],
  ["reduceMax", "u8", 0],
  ["reduceMin", "i8", 127],
] as const)("%s over no %s is its extreme", (name, dtype, expected) => {
  const empty = refTensor(`${dtype}[0]`, []);
  expect([...evaluateOp(name, [empty], { axes: [0], keepDims: false }).data]).toEqual([expected]);
});

test("integer sums and products wrap", () => {
  const attrs = { axes: [0], keepDims: false };
  const sum = evaluateOp("reduceSum", [refTensor("i32[3]", [2 ** 31 - 1, 1, 5])], attrs);
  expect([...sum.data]).toEqual([-(2 ** 31) + 5]);
  const factors = [123456789, 987654321, 1000003];
  const exact = factors.reduce((a, b) => a * BigInt(b), 1n);
  const result = evaluateOp("reduceProd", [refTensor("i32[3]", factors)], attrs);
  expect([...result.data]).toEqual([Number(BigInt.asIntN(32, exact))]);
});

test("equal extrema share the gradient, a lone one takes all of it", () => {
  const gradientAt = (op: (x: Value) => Value, values: number[]): number[] => {
    const type = `f32[${values.length}]`;
    const graph = gradientGraph(programOf([type], ([x]) => op(x!)));
    const gradient = evaluate(graph, { x0: refTensor(type, values) }).outputs["x0"]!.data;
    const total = gradient.reduce((sum, value) => sum + value, 0);
    return [...gradient].map((value) => value / total);
  };
  expect(gradientAt(reduceMax, [1, 3, 3, 2, 3, 3])).toEqual([0, 0.25, 0.25, 0, 0.25, 0.25]);
  expect(gradientAt(reduceMin, [1, 3, 1])).toEqual([0.5, 0, 0.5]);
  expect(gradientAt(reduceMin, [2, 3, 1])).toEqual([0, 0, 1]);
});

test.each([[[2, 0, 3, 4]], [[0, 0, 3, 4]], [[5]]])(
  "gradients of the product of %j are exact at zeros, in both orders",
  (values) => {
    const type = `f32[${values.length}]`;
    const graph = programOf([type], ([x]) => product(x!));
    for (const order of [1, 2] as const) {
      expect(checkGradient(graph, { x0: refTensor(type, values) }, { order }).faults).toEqual([]);
    }
  },
);

describe("argMax", () => {
  test("takes the first of equals", () => {
    const x = refTensor("f32[2,3]", [1, 5, 5, 7, 0, 7]);
    const result = evaluateOp("argMax", [x], { axis: 1, keepDims: false });
    expect(result.dtype).toBe("i32");
    expect([...result.data]).toEqual([1, 0]);
  });

  test("along an outer axis, kept", () => {
    const x = refTensor("i32[3,2]", [1, 9, 4, 2, 3, 8]);
    const result = evaluateOp("argMax", [x], { axis: -2, keepDims: true });
    expect(result.shape).toEqual([1, 2]);
    expect([...result.data]).toEqual([1, 0]);
  });

  test("of no rows", () => {
    const x = refTensor("f32[0,3]", []);
    expect(evaluateOp("argMax", [x], { axis: 1, keepDims: false }).shape).toEqual([0]);
  });
});
