// Pooling and its gradients against brute force over window coordinates.
import { describe, expect, test } from "vitest";
import { poolAttrs, type PoolOptions } from "../functional.ts";
import { sizeOf, type Shape } from "../graph/shape.ts";
import { evaluateOp, parseType, refTensor } from "../reference/program.ts";
import { sampleTensor } from "../reference/sample.ts";
import type { RefTensor } from "./op.ts";

const cases: { name: string; x: string; options: PoolOptions }[] = [
  { name: "1d", x: "f32[2,3,9]", options: { window: [2] } },
  { name: "2d", x: "f32[2,2,6,4]", options: { window: [2, 2] } },
  { name: "2d, overlapping", x: "f32[1,2,5,5]", options: { window: [3, 3], strides: [1, 1] } },
  {
    name: "2d, padded, uneven",
    x: "f32[1,1,5,6]",
    options: {
      window: [3, 2],
      strides: [2, 1],
      padding: [
        [1, 2],
        [0, 1],
      ],
    },
  },
  {
    name: "2d, gaps between windows",
    x: "f32[1,1,7,7]",
    options: { window: [2, 1], strides: [3, 3] },
  },
  {
    name: "3d",
    x: "f32[1,2,4,3,5]",
    options: {
      window: [2, 2, 3],
      strides: [1, 1, 2],
      padding: [
        [0, 1],
        [1, 1],
        [2, 0],
      ],
    },
  },
  { name: "window of 1", x: "f32[1,1,3]", options: { window: [1] } },
  { name: "no channels", x: "f32[2,0,4]", options: { window: [2] } },
];

function position(shape: Shape, flat: number): number[] {
  const at: number[] = [];
  let rest = flat;
  for (const size of shape.toReversed()) {
    at.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return at;
}

/** For each output element the flat indices of the inputs in its window, row-major; undefined in the padding. */
function windowsOf(x: Shape, y: Shape, options: PoolOptions): (number | undefined)[][] {
  const { window, strides, padding } = poolAttrs(options);
  const size = x.slice(2);
  return Array.from({ length: sizeOf(y) }, (_, flat) => {
    const [sample, channel, ...out] = position(y, flat);
    return Array.from({ length: sizeOf(window) }, (__, tap) => {
      const at = position(window, tap).map(
        (offset, axis) => out[axis]! * strides[axis]! - padding[axis]![0] + offset,
      );
      if (at.some((value, axis) => value < 0 || value >= size[axis]!)) return undefined;
      return at.reduce(
        (index, value, axis) => index * size[axis]! + value,
        sample! * x[1]! + channel!,
      );
    });
  });
}

const inside = (window: (number | undefined)[]): number[] =>
  window.filter((index) => index !== undefined);

function expectClose(actual: RefTensor, expected: ArrayLike<number>): void {
  expect(actual.data).toHaveLength(expected.length);
  actual.data.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 13);
  });
}

describe.each(cases)("$name", ({ x: type, options }) => {
  const x = sampleTensor(parseType(type), 1);
  const attrs = poolAttrs(options);
  const y = evaluateOp("maxPool", [x], attrs);
  const dy = sampleTensor(y, 2);
  const windows = windowsOf(x.shape, y.shape, options);

  test("maxPool takes the largest element of each window", () => {
    expectClose(
      y,
      windows.map((window) => Math.max(...inside(window).map((i) => x.data[i]!))),
    );
  });

  test("maxPoolGrad gives dy to the first maximum", () => {
    const expected = new Float64Array(x.data.length);
    windows.forEach((window, o) => {
      const best = inside(window).find((i) => x.data[i] === y.data[o])!;
      expected[best] = expected[best]! + dy.data[o]!;
    });
    expectClose(evaluateOp("maxPoolGrad", [x, y, dy], attrs), expected);
  });

  test.each([true, false])("avgPool and its gradient, countIncludePad %s", (countIncludePad) => {
    const count = (window: (number | undefined)[]): number =>
      countIncludePad ? window.length : inside(window).length;
    const mean = evaluateOp("avgPool", [x], { ...attrs, countIncludePad });
    expectClose(
      mean,
      windows.map(
        (window) => inside(window).reduce((sum, i) => sum + x.data[i]!, 0) / count(window),
      ),
    );
    const expected = new Float64Array(x.data.length);
    windows.forEach((window, o) => {
      for (const i of inside(window)) expected[i] = expected[i]! + dy.data[o]! / count(window);
    });
    const gradAttrs = { ...attrs, countIncludePad, inputShape: x.shape };
    expectClose(evaluateOp("avgPoolGrad", [dy], gradAttrs), expected);
  });
});

test("ties: the first maximum in row-major order takes the gradient", () => {
  const x = refTensor("f32[1,1,2,2]", [1, 5, 5, 5]);
  const y = refTensor("f32[1,1,1,1]", [5]);
  const dy = refTensor("f32[1,1,1,1]", [3]);
  const result = evaluateOp("maxPoolGrad", [x, y, dy], poolAttrs({ window: [2, 2] }));
  expect([...result.data]).toEqual([0, 3, 0, 0]);
});

test("padding never wins, even over negative elements", () => {
  const x = refTensor("f32[1,1,2]", [-5, -7]);
  const options = { window: [2], strides: [1], padding: [[1, 1]] as const };
  const result = evaluateOp("maxPool", [x], poolAttrs(options));
  expect([...result.data]).toEqual([-5, -5, -7]);
});
