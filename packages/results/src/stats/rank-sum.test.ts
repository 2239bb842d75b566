// Rank-sum statistics against published tables, the example of R's manual, and plain enumeration.

import fc from "fast-check";
import { expect, test } from "vitest";
import { hodgesLehmannShift, rankSumInterval, rankSumPValue, rankSumTail } from "./rank-sum.ts";

// Hollander and Wolfe (1973), page 69: permeability of membranes at term and before.
const term = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const early = [1.15, 0.88, 0.9, 0.74, 1.21];

test("critical values are those of the table of Mann and Whitney for one-sided .025", () => {
  const table = [
    [5, 5, 2],
    [5, 10, 8],
    [8, 8, 13],
    [10, 10, 23],
    [20, 20, 127],
  ] as const;
  for (const [m, n, critical] of table) {
    expect(rankSumTail(m, n, critical)).toBeLessThanOrEqual(0.025);
    expect(rankSumTail(m, n, critical + 1)).toBeGreaterThan(0.025);
  }
});

test("the example of R's wilcox.test: W = 35, one-sided p = .1272", () => {
  expect(rankSumPValue(early, term, 0)).toBeCloseTo(0.1272, 4);
  expect(hodgesLehmannShift(early, term)).toBeCloseTo(0.305, 3);
});

test("the smallest error is one over the number of ways to choose", () => {
  expect(rankSumTail(5, 5, 0)).toBeCloseTo(1 / 252, 14);
  expect(rankSumInterval([1, 2, 3, 4], [5, 6, 7, 8], 0.01)).toBeUndefined();
  // P(U <= 1) = 2 / 252 is still below .01, so one difference is cut off on each side: 1 and 9.
  expect(rankSumInterval([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 0.01)).toMatchObject({
    low: 2,
    high: 8,
  });
});

test("estimate and interval are order statistics of the differences; test and interval agree", () => {
  const values = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(values, values, fc.integer({ min: -9, max: 9 }), (x, y, shift) => {
      const all = x.flatMap((a) => y.map((b) => b - a)).sort((a, b) => a - b);
      const middle = all.length / 2;
      const median = (all[Math.ceil(middle) - 1]! + all[Math.floor(middle)]!) / 2;
      expect(hodgesLehmannShift(x, y)).toBeCloseTo(median, 12);
      const interval = rankSumInterval(x, y, 0.05);
      expect(rankSumPValue(x, y, shift) <= 0.05).toBe(
        interval !== undefined && interval.low > shift,
      );
      if (interval !== undefined) expect(all).toContain(interval.low + 0);
    }),
  );
});

test("large samples use the normal approximation and stay consistent", () => {
  const x = Array.from({ length: 100_000 }, (_, i) => ((i * 7919) % 100_000) / 1e5);
  const y = x.map((value) => value + 0.125);
  expect(hodgesLehmannShift(x, y)).toBeCloseTo(0.125, 3);
  const { low, high } = rankSumInterval(x, y, 0.025)!;
  // Uniform samples: the shift is known to 1.96 sqrt((1 / m + 1 / n) / 12).
  expect(high - low).toBeCloseTo(2 * 1.96 * Math.sqrt(2e-5 / 12), 4);
  // At the border of counting and approximating both agree to about 10^-3 of the tail.
  expect(rankSumTail(50, 51, 985) / rankSumTail(50, 50, 966)).toBeCloseTo(1, 1);
});

test("no shift of nothing or NaN", () => {
  expect(() => hodgesLehmannShift([], [1])).toThrow("got 0");
  expect(() => rankSumInterval([1], [Number.NaN], 0.1)).toThrow("got NaN");
});
