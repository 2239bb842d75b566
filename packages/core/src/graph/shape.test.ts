// Shape arithmetic against hand-worked cases and numpy's documented broadcasting examples.
import { expect, test } from "vitest";
import { ShapeError } from "../errors.ts";
import { broadcastShapes, normalizeAxis, sameShape, sizeOf, stridesOf } from "./shape.ts";

test("sizes and strides", () => {
  expect([sizeOf([]), sizeOf([2, 3]), sizeOf([4, 0, 5])]).toEqual([1, 6, 0]);
  expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
  expect(stridesOf([])).toEqual([]);
  expect(sameShape([1, 2], [1, 2])).toBe(true);
  expect(sameShape([1, 2], [1, 2, 1])).toBe(false);
});

test.each([
  // The examples of numpy's broadcasting page.
  [[256, 256, 3], [3], [256, 256, 3]],
  [
    [8, 1, 6, 1],
    [7, 1, 5],
    [8, 7, 6, 5],
  ],
  [
    [15, 3, 5],
    [15, 1, 5],
    [15, 3, 5],
  ],
  [
    [15, 3, 5],
    [3, 1],
    [15, 3, 5],
  ],
  [[], [2, 3], [2, 3]],
  [[1], [0, 3], [0, 3]],
  [
    [0, 1],
    [1, 4],
    [0, 4],
  ],
])("%j with %j gives %j", (a, b, expected) => {
  expect(broadcastShapes("add", a, b)).toEqual(expected);
  expect(broadcastShapes("add", b, a)).toEqual(expected);
});

test.each([
  [[3], [4]],
  [
    [2, 1],
    [8, 4, 3],
  ],
  [[0], [2]],
])("%j with %j does not broadcast", (a, b) => {
  const message = `add: shapes must broadcast, got a=[${a.join(",")}], b=[${b.join(",")}]`;
  expect(() => broadcastShapes("add", a, b)).toThrow(new ShapeError(message));
});

test("axes count from both ends", () => {
  expect([normalizeAxis("op", -1, 3), normalizeAxis("op", 0, 3)]).toEqual([2, 0]);
  for (const axis of [3, -4, 0.5]) {
    expect(() => normalizeAxis("op", axis, 3)).toThrow(
      `op: axis must be an integer in [-3, 3), got ${axis}`,
    );
  }
});
