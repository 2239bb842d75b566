// Ops that move elements: against numbering by coordinates and hand-worked cases.
import { describe, expect, test } from "vitest";
import { sizeOf, type Shape } from "../graph/shape.ts";
import { evaluateOp, refTensor } from "../reference/program.ts";
import type { RefTensor } from "./op.ts";

/** A tensor whose elements are 0, 1, 2, ... */
function counting(...shape: number[]): RefTensor {
  return { dtype: "f32", shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => i) };
}

/** All coordinates of a shape in row-major order. */
function coordinates(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (list, size) =>
      list.flatMap((start) => Array.from({ length: size }, (_, position) => [...start, position])),
    [[]],
  );
}

/** Row-major flat index by Horner's rule. */
const flat = (shape: Shape, at: readonly number[]): number =>
  shape.reduce((index, size, axis) => index * size + at[axis]!, 0);

const elements = (x: RefTensor): number[] => [...x.data];

test("reshape keeps the row-major order", () => {
  const result = evaluateOp("reshape", [counting(2, 3)], { shape: [3, 1, 2] });
  expect(result.shape).toEqual([3, 1, 2]);
  expect(elements(result)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(evaluateOp("reshape", [counting(0, 3)], { shape: [5, 0] }).shape).toEqual([5, 0]);
});

test.each([
  [
    [2, 3],
    [1, 0],
  ],
  [
    [2, 3, 4],
    [2, 0, 1],
  ],
  [
    [2, 1, 3, 2],
    [3, 1, 0, 2],
  ],
  [[], []],
  [
    [0, 3],
    [1, 0],
  ],
])("transpose of %j by %j", (shape, permutation) => {
  const result = evaluateOp("transpose", [counting(...shape)], { permutation });
  expect(result.shape).toEqual(permutation.map((axis) => shape[axis]));
  const expected = coordinates(result.shape).map((at) =>
    flat(
      shape,
      shape.map((_, axis) => at[permutation.indexOf(axis)]!),
    ),
  );
  expect(elements(result)).toEqual(expected);
});

test.each([
  [[3], [2, 3]],
  [
    [2, 1],
    [2, 3],
  ],
  [
    [1, 3, 1],
    [4, 2, 3, 2],
  ],
  [[], [2, 2]],
  [
    [1, 2],
    [0, 2],
  ],
])("broadcastTo of %j to %j", (from, shape) => {
  const result = evaluateOp("broadcastTo", [counting(...from)], { shape });
  const lead = shape.length - from.length;
  const expected = coordinates(shape).map((at) =>
    flat(
      from,
      from.map((size, axis) => (size === 1 ? 0 : at[axis + lead]!)),
    ),
  );
  expect(result.shape).toEqual(shape);
  expect(elements(result)).toEqual(expected);
});

test.each([
  [
    [5, 7],
    [1, 2],
    [4, 7],
    [1, 3],
  ],
  [[6], [1], [6], [2]],
  [
    [4, 4],
    [2, 0],
    [2, 4],
    [1, 1],
  ],
  [
    [3, 3],
    [2, 2],
    [3, 3],
    [5, 1],
  ],
])("slice of %j from %j to %j by %j", (shape, starts, limits, strides) => {
  const result = evaluateOp("slice", [counting(...shape)], { starts, limits, strides });
  const picked = starts.map((start, axis) => {
    const list: number[] = [];
    for (let at = start; at < limits[axis]!; at += strides[axis]!) list.push(at);
    return list;
  });
  expect(result.shape).toEqual(picked.map((list) => list.length));
  const expected = coordinates(result.shape).map((at) =>
    flat(
      shape,
      at.map((position, axis) => picked[axis]![position]!),
    ),
  );
  expect(elements(result)).toEqual(expected);
});

test("pad surrounds and interleaves", () => {
  const attrs = { low: [1, 0], high: [0, 1], interior: [1, 0], value: 9 };
  const result = evaluateOp("pad", [counting(2, 2)], attrs);
  expect(result.shape).toEqual([4, 3]);
  expect(elements(result)).toEqual([9, 9, 9, 0, 1, 9, 9, 9, 9, 2, 3, 9]);
  const empty = evaluateOp("pad", [counting(0)], { low: [1], high: [2], interior: [3], value: 0 });
  expect(elements(empty)).toEqual([0, 0, 0]);
  const bools = evaluateOp("pad", [refTensor("bool[1]", [0])], {
    low: [1],
    high: [0],
    interior: [0],
    value: 1,
  });
  expect(elements(bools)).toEqual([1, 0]);
});

test("concat joins along any axis", () => {
  const [a, b] = [counting(2, 2), counting(2, 1)];
  expect(elements(evaluateOp("concat", [a, b, a], { axis: -1 }))).toEqual([
    0, 1, 0, 0, 1, 2, 3, 1, 2, 3,
  ]);
  const rows = evaluateOp("concat", [counting(1, 2), counting(0, 2), counting(2, 2)], { axis: 0 });
  expect(rows.shape).toEqual([3, 2]);
  expect(elements(rows)).toEqual([0, 1, 0, 1, 2, 3]);
  expect(evaluateOp("concat", [counting(0, 2), counting(0, 3)], { axis: 1 }).shape).toEqual([0, 5]);
});

describe("gather and scatterAdd", () => {
  const indices = refTensor("i32[2,2]", [2, 0, 2, 1]);

  test.each([0, 1, 2, -1])("gather along axis %d", (axis) => {
    const shape = [3, 3, 3];
    const result = evaluateOp("gather", [counting(...shape), indices], { axis });
    const at = (axis + 3) % 3;
    const expected = coordinates(result.shape).map((position) => {
      const index = indices.data[position[at]! * 2 + position[at + 1]!]!;
      return flat(shape, [...position.slice(0, at), index, ...position.slice(at + 2)]);
    });
    expect(result.shape).toEqual([...shape.slice(0, at), 2, 2, ...shape.slice(at + 1)]);
    expect(elements(result)).toEqual(expected);
  });

  test("a scalar index drops the axis", () => {
    const row = evaluateOp("gather", [counting(3, 2), refTensor("i32[]", [1])], { axis: 0 });
    expect(row.shape).toEqual([2]);
    expect(elements(row)).toEqual([2, 3]);
  });

  test("scatterAdd sums duplicates and leaves zeros", () => {
    const updates = refTensor("f32[2,2,1]", [1, 2, 4, 8]);
    const result = evaluateOp("scatterAdd", [indices, updates], { axis: 0, size: 4 });
    expect(result.shape).toEqual([4, 1]);
    expect(elements(result)).toEqual([2, 8, 5, 0]);
    const bytes = refTensor("u8[2]", [200, 100]);
    const wrapped = evaluateOp("scatterAdd", [refTensor("i32[2]", [0, 0]), bytes], {
      axis: 0,
      size: 1,
    });
    expect(elements(wrapped)).toEqual([44]);
  });

  test("scatterAdd is the transpose of gather: <gather(x), u> = <x, scatterAdd(u)>", () => {
    const x = counting(2, 4, 3);
    const gathered = evaluateOp("gather", [x, indices], { axis: 1 });
    const updates = { ...gathered, data: gathered.data.map((_, i) => Math.sin(i)) };
    const scattered = evaluateOp("scatterAdd", [indices, updates], { axis: 1, size: 4 });
    const dot = (a: RefTensor, b: RefTensor): number =>
      a.data.reduce((sum, value, i) => sum + value * b.data[i]!, 0);
    expect(dot(gathered, updates)).toBeCloseTo(dot(x, scattered), 10);
  });

  test.each([-1, 3])("index %d is outside", (index) => {
    const at = refTensor("i32[1]", [index]);
    expect(() => evaluateOp("gather", [counting(3), at], { axis: 0 })).toThrow(
      `gather: indices must be in [0, 3), got ${index}`,
    );
    expect(() => evaluateOp("scatterAdd", [at, counting(1)], { axis: 0, size: 3 })).toThrow(
      `scatterAdd: indices must be in [0, 3), got ${index}`,
    );
  });
});

test("reverse turns axes around", () => {
  expect(elements(evaluateOp("reverse", [counting(2, 3)], { axes: [1] }))).toEqual([
    2, 1, 0, 5, 4, 3,
  ]);
  expect(elements(evaluateOp("reverse", [counting(2, 3)], { axes: [0, -1] }))).toEqual([
    5, 4, 3, 2, 1, 0,
  ]);
  expect(elements(evaluateOp("reverse", [counting(3)], { axes: [] }))).toEqual([0, 1, 2]);
});

test("iota counts along its axis", () => {
  const iota = (dtype: "f32" | "u8", shape: number[], axis: number): number[] =>
    elements(evaluateOp("iota", [], { dtype, shape, axis }));
  expect(iota("f32", [2, 3], 0)).toEqual([0, 0, 0, 1, 1, 1]);
  expect(iota("f32", [2, 3], -1)).toEqual([0, 1, 2, 0, 1, 2]);
  expect(iota("u8", [258], 0).slice(-3)).toEqual([255, 0, 1]);
  expect(iota("f32", [0], 0)).toEqual([]);
});

test("collectives are the identity on one device", () => {
  const x = counting(2, 2);
  for (const reduction of ["sum", "mean", "max"] as const) {
    expect(evaluateOp("allReduce", [x], { group: "all", reduction }).data).toEqual(x.data);
  }
  expect(evaluateOp("send", [x], { to: 1, tag: "x" }).data).toEqual(x.data);
  expect(evaluateOp("recv", [x], { from: 1, tag: "x" }).data).toEqual(x.data);
});
