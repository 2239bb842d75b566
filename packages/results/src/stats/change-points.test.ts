// Change points: planted ones are found, series without one are left alone, and no input breaks the search.

import fc from "fast-check";
import { expect, test } from "vitest";
import { changePoints } from "./change-points.ts";

/** Normal numbers by Box and Muller from the Weyl sequences of two irrational numbers. */
function noise(index: number): number {
  const u = ((index + 1) * 0.6180339887498949) % 1;
  const v = ((index + 1) * Math.SQRT2) % 1;
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}

function series(...parts: readonly (readonly [count: number, mean: number])[]): number[] {
  let at = 0;
  return parts.flatMap(([count, mean]) => Array.from({ length: count }, () => mean + noise(at++)));
}

test("planted changes are found where they are", () => {
  const found = changePoints(series([30, 100], [20, 105], [40, 97]));
  expect(found.map(({ index }) => index)).toEqual([30, 50]);
  expect(found[0]?.before).toBeCloseTo(100, 0);
  expect(found[0]?.after).toBeCloseTo(105, 0);
  for (const { pValue } of found) expect(pValue).toBeLessThanOrEqual(0.01);
});

test("a change of the spread alone is a change of the distribution", () => {
  const calm = Array.from({ length: 40 }, (_, i) => 100 + 0.1 * noise(i));
  const wild = Array.from({ length: 40 }, (_, i) => 100 + 8 * noise(i + 40));
  const [found, ...more] = changePoints([...calm, ...wild], { window: 80 });
  expect(Math.abs((found?.index ?? 0) - 40)).toBeLessThanOrEqual(4);
  expect(more).toEqual([]);
});

test("series without a change have about as many findings as the significance allows", () => {
  // 200 series of 40 values; at 1% some 2 findings are due, and 8 or more have a probability of about 0.1%.
  const alarms = Array.from({ length: 200 }, (_, run) => {
    const values = Array.from({ length: 40 }, (__, i) => noise(run * 1013 + i * 7));
    return changePoints(values, { seed: run }).length;
  }).filter((count) => count > 0).length;
  expect(alarms).toBeLessThanOrEqual(8);
});

test("equal values, few values and ties have no change; one value, none", () => {
  expect(changePoints([])).toEqual([]);
  expect(changePoints([5])).toEqual([]);
  expect(changePoints([1, 1, 9, 9, 9])).toEqual([]);
  expect(changePoints(new Array<number>(500).fill(0))).toEqual([]);
  expect(
    changePoints([...new Array<number>(30).fill(1), ...new Array<number>(30).fill(2)]),
  ).toMatchObject([{ index: 30, before: 1, after: 2 }]);
});

test("what cannot be searched is refused", () => {
  expect(() => changePoints([1, NaN])).toThrow("every value must be finite, got NaN");
  expect(() => changePoints([1], { window: 5 })).toThrow("at least 6, got 5");
  expect(() => changePoints([1], { significance: 0.001 })).toThrow("significance must be");
});

test("any finite series gives ordered change points within it, the same ones twice", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
          fc.constantFrom(0, 1),
        ),
      ),
      (values) => {
        const found = changePoints(values, { permutations: 99 });
        const indices = found.map(({ index }) => index);
        expect(indices).toEqual([...new Set(indices)].sort((a, b) => a - b));
        for (const index of indices) expect(index >= 3 && index <= values.length - 3).toBe(true);
        expect(changePoints(values, { permutations: 99 })).toEqual(found);
      },
    ),
    { numRuns: 60 },
  );
});
