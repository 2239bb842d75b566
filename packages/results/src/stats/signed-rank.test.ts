// Signed-rank statistics against published tables, a worked example, and plain enumeration.

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  hodgesLehmann,
  signedRankInterval,
  signedRankPValue,
  signedRankTail,
} from "./signed-rank.ts";

// Hollander and Wolfe (1973), Nonparametric Statistical Methods, page 29: depression scores of nine patients.
const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
const differences = before.map((x, i) => x - after[i]!);

/** Values with ties and zeros. */
const coarse = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 9 });
/** Half the largest double, so that the plain mean of the test cannot overflow. */
const finite = fc.double({ noNaN: true, min: -(2 ** 1022), max: 2 ** 1022 });

function walshAverages(d: readonly number[]): number[] {
  const all = d.flatMap((a, i) => d.slice(i).map((b) => (a + b) / 2));
  return all.sort((a, b) => a - b);
}

/** P(W <= w) from all 2^n sign patterns. */
function enumeratedTail(n: number, w: number): number {
  let count = 0;
  for (let signs = 0; signs < 2 ** n; signs += 1) {
    let sum = 0;
    for (let rank = 1; rank <= n; rank += 1) if ((signs >> (rank - 1)) & 1) sum += rank;
    if (sum <= w) count += 1;
  }
  return count / 2 ** n;
}

test("critical values are those of the table of McCornack (1965) for one-sided .025", () => {
  const table = [
    [6, 0],
    [8, 3],
    [10, 8],
    [12, 13],
    [15, 25],
    [20, 52],
    [25, 89],
    [30, 137],
  ] as const;
  for (const [n, critical] of table) {
    expect(signedRankTail(n, critical)).toBeLessThanOrEqual(0.025);
    expect(signedRankTail(n, critical + 1)).toBeGreaterThan(0.025);
  }
});

test("the distribution is that of all sign patterns", () => {
  for (const [n, w] of [
    [1, 0],
    [5, 7],
    [9, 5],
    [12, 40],
  ] as const) {
    expect(signedRankTail(n, w)).toBeCloseTo(enumeratedTail(n, w), 14);
  }
  expect(signedRankTail(4, -1)).toBe(0);
  expect(signedRankTail(4, 10)).toBe(1);
});

test("the worked example: estimate .46, interval (.010, .786) at 96%, one-sided p = .0195", () => {
  expect(hodgesLehmann(differences)).toBeCloseTo(0.46, 3);
  const interval = signedRankInterval(differences, 0.02)!;
  expect(interval.low).toBeCloseTo(0.01, 3);
  expect(interval.high).toBeCloseTo(0.786, 3);
  expect(interval.oneSidedError).toBeCloseTo(10 / 512, 12);
  expect(signedRankPValue(differences, 0)).toBeCloseTo(10 / 512, 12);
});

test("estimate and interval are order statistics of the Walsh averages", () => {
  fc.assert(
    fc.property(fc.array(finite, { minLength: 1, maxLength: 30 }), (d) => {
      const averages = walshAverages(d);
      const middle = averages.length / 2;
      const estimate = hodgesLehmann(d);
      expect(estimate).toBeGreaterThanOrEqual(averages[Math.ceil(middle) - 1]!);
      expect(estimate).toBeLessThanOrEqual(averages[Math.floor(middle)]!);
      const interval = signedRankInterval(d, 0.1);
      if (interval === undefined) {
        expect(d.length).toBeLessThan(4);
        return;
      }
      let k = 1;
      while (signedRankTail(d.length, k) <= 0.1) k += 1;
      expect([interval.low, interval.high].map((x) => x + 0)).toEqual([
        averages[k - 1]! + 0,
        averages[averages.length - k]! + 0,
      ]);
    }),
  );
});

test("test and interval agree, with ties and zeros too", () => {
  fc.assert(
    fc.property(
      coarse,
      fc.integer({ min: -8, max: 8 }),
      fc.constantFrom(0.002, 0.05, 0.2),
      (d, halves, error) => {
        const shift = halves / 2;
        const interval = signedRankInterval(d, error);
        const isAbove = interval !== undefined && interval.low > shift;
        expect(signedRankPValue(d, shift) <= error).toBe(isAbove);
      },
    ),
  );
});

test("with equal differences the interval is that point, and few differences have none", () => {
  expect(signedRankInterval(new Array<number>(10).fill(0.25), 0.002)).toMatchObject({
    low: 0.25,
    high: 0.25,
  });
  expect(signedRankInterval([1, 2, 3, 4, 5], 0.02)).toBeUndefined();
  expect(signedRankInterval([7], 0.4)).toBeUndefined();
  expect(hodgesLehmann([7])).toBe(7);
});

test("no centre of nothing, NaN or infinity", () => {
  for (const f of [
    hodgesLehmann,
    (d: number[]) => signedRankInterval(d, 0.1),
    (d: number[]) => signedRankPValue(d, 0),
  ]) {
    expect(() => f([])).toThrow("at least one must be given, got 0");
    expect(() => f([1, Number.NaN])).toThrow("must be finite, got NaN");
    expect(() => f([1, Infinity])).toThrow("must be finite, got Infinity");
  }
});

test("coverage is what the interval says: 4,000 samples of a heavy-tailed distribution", () => {
  // A fixed congruential generator: the test must not depend on luck.
  let state = 1;
  const next = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  let misses = 0;
  const runs = 4000;
  for (let run = 0; run < runs; run += 1) {
    // Difference of two exponentials: heavy-tailed and symmetric about 0.
    const d = Array.from({ length: 10 }, () => Math.log(next()) - Math.log(next()));
    const { low, high } = signedRankInterval(d, 0.05)!;
    if (low > 0 || high < 0) misses += 1;
  }
  // Exact error is 2 x 43 / 1024 = .084; 4 standard deviations of the count are 70.
  expect(Math.abs(misses - (runs * 86) / 1024)).toBeLessThan(70);
});

test("100,000 differences: the estimate and a normal interval around it", () => {
  const n = 100_000;
  const d = Array.from({ length: n }, (_, i) => ((i * 7919) % n) / n);
  expect(hodgesLehmann(d)).toBeCloseTo(0.5, 4);
  const interval = signedRankInterval(d, 0.025)!;
  // Uniform differences: asymptotic half width z / sqrt(12 n) x (integral of f^2)^-1 = 1.96 / sqrt(12 n).
  expect(interval.high - interval.low).toBeCloseTo((2 * 1.96) / Math.sqrt(12 * n), 4);
});
