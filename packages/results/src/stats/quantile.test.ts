// Quantiles and their intervals against R, the sign-test table and exact integers.

import fc from "fast-check";
import { expect, test } from "vitest";
import { RecordError } from "../errors.ts";
import { median, quantile, quantileInterval } from "./quantile.ts";
import { sortSamples } from "./sorted.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const samples = fc.array(finite, { minLength: 1, maxLength: 200 });

test("type 7 agrees with R: quantile(c(1, 2, 3, 4, 10), c(.05, .25, .5, .9, .95))", () => {
  const sorted = sortSamples([10, 1, 3, 2, 4]);
  const expected = [1.2, 2, 3, 7.6, 8.8];
  const got = [0.05, 0.25, 0.5, 0.9, 0.95].map((p) => quantile(sorted, p));
  for (const [index, value] of expected.entries()) expect(got[index]).toBeCloseTo(value, 12);
});

test("ends, one sample and two samples", () => {
  expect(quantile(sortSamples([7]), 0.3)).toBe(7);
  expect(median(sortSamples([1, 2]))).toBe(1.5);
  expect(quantile(sortSamples([5, 9]), 0)).toBe(5);
  expect(quantile(sortSamples([5, 9]), 1)).toBe(9);
});

test("no quantile of nothing, of NaN, of infinity or outside 0 to 1", () => {
  expect(() => sortSamples([])).toThrow(RecordError);
  expect(() => sortSamples([1, Number.NaN, 2])).toThrow("every sample must be finite, got NaN");
  expect(() => sortSamples([1, -Infinity])).toThrow("got -Infinity");
  expect(() => quantile(sortSamples([1]), 1.01)).toThrow("from 0 to 1, got 1.01");
  expect(() => quantile(sortSamples([1]), Number.NaN)).toThrow("got NaN");
});

test("a quantile lies between neighbours of its rank and grows with p", () => {
  fc.assert(
    fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
      // Differences of huge numbers overflow; latencies are under 2^53 ns.
      const sorted = sortSamples(values.map((x) => Math.max(-1e300, Math.min(1e300, x))));
      const value = quantile(sorted, p);
      const atMost = sorted.filter((x) => x <= value).length;
      const atLeast = sorted.filter((x) => x >= value).length;
      expect(atMost).toBeGreaterThanOrEqual(Math.floor((sorted.length - 1) * p));
      expect(atLeast).toBeGreaterThanOrEqual(Math.floor((sorted.length - 1) * (1 - p)));
      expect(quantile(sorted, Math.min(1, p + 0.1))).toBeGreaterThanOrEqual(value);
    }),
  );
});

test("median intervals have the ranks and coverages of the sign-test table", () => {
  // Ranks (k, n - k + 1) at >= 95%: Conover (1999), Practical Nonparametric Statistics, table A3 (sign test).
  const table: readonly (readonly [number, number, number])[] = [
    [6, 1, 0.96875],
    [8, 1, 0.9921875],
    [10, 2, 0.978516],
    [15, 4, 0.964844],
    [20, 6, 0.958611],
    [25, 8, 0.956715],
    [30, 10, 0.957226],
  ];
  for (const [n, rank, coverage] of table) {
    const sorted = sortSamples(Array.from({ length: n }, (_, index) => index + 1));
    const interval = quantileInterval(sorted, 0.5, 0.95);
    expect(interval).toMatchObject({ low: rank, high: n - rank + 1, lowRank: rank });
    expect(interval?.coverage).toBeCloseTo(coverage, 6);
  }
  expect(quantileInterval(sortSamples([1, 2, 3, 4, 5]), 0.5, 0.95)).toBeUndefined();
});

test("coverage is the exact binomial sum, counted with whole numbers", () => {
  for (const [n, numerator, confidence] of [
    [40, 1, 0.9],
    [117, 3, 0.95],
    [300, 7, 0.99],
  ] as const) {
    const sorted = sortSamples(Array.from({ length: n }, (_, index) => index + 1));
    const interval = quantileInterval(sorted, numerator / 8, confidence)!;
    const exact = exactBetween(n, numerator, interval.lowRank, interval.highRank - 1);
    expect(interval.coverage).toBeCloseTo(exact, 12);
    expect(exact).toBeGreaterThanOrEqual(confidence);
    // Tightest: one rank less on either side leaves more than half the error in that tail.
    const tail = (1 - confidence) / 2;
    expect(exactBetween(n, numerator, 0, interval.lowRank)).toBeGreaterThan(tail);
    expect(exactBetween(n, numerator, interval.highRank - 1, n)).toBeGreaterThan(tail);
  }
});

test("an interval of 10^5 samples keeps its coverage", () => {
  const sorted = sortSamples(Array.from({ length: 100_000 }, (_, index) => index + 1));
  const interval = quantileInterval(sorted, 0.5, 0.99)!;
  // Normal approximation of the ranks: n / 2 -+ 2.5758 sqrt(n) / 2, which is good to a rank or two here.
  expect(Math.abs(interval.lowRank - (50_000 - 407.27))).toBeLessThan(2);
  expect(Math.abs(interval.highRank - (50_001 + 407.27))).toBeLessThan(2);
  expect(interval.coverage).toBeGreaterThanOrEqual(0.99);
  expect(interval.coverage).toBeLessThan(0.9902);
});

/** P(low <= B <= high) for B ~ Binomial(n, numerator / 8) in exact integers. */
function exactBetween(n: number, numerator: number, low: number, high: number): number {
  let choose = 1n;
  let sum = 0n;
  for (let k = 0; k <= n; k += 1) {
    const weight = choose * BigInt(numerator) ** BigInt(k) * BigInt(8 - numerator) ** BigInt(n - k);
    if (k >= low && k <= high) sum += weight;
    choose = (choose * BigInt(n - k)) / BigInt(k + 1);
  }
  const scale = 10n ** 18n;
  return Number((sum * scale) / 8n ** BigInt(n)) / 1e18;
}
