// The small statistics of a decision: normal quantiles, Holm, looks, Clopper-Pearson, detectable effects.

import fc from "fast-check";
import { expect, test } from "vitest";
import { binomialCdf } from "./binomial.ts";
import { clopperPearson } from "./clopper-pearson.ts";
import { minimumDetectableEffect } from "./detectable-effect.ts";
import { holmAdjust, holmByGroup } from "./holm.ts";
import { defaultLooks, sequentialPValue, totalError } from "./looks.ts";
import { normalCdf, normalQuantile } from "./normal.ts";

const share = fc.double({ min: 0, max: 1, noNaN: true });

test("normal quantiles are those of R's qnorm", () => {
  const table = [
    [0.5, 0],
    [0.9, 1.2815515655446004],
    [0.975, 1.959963984540054],
    [0.995, 2.5758293035489004],
    [0.998, 2.878161739095483],
    [1e-10, -6.361340902404056],
  ] as const;
  for (const [p, x] of table) {
    expect(normalQuantile(p)).toBeCloseTo(x, 12);
    expect(normalCdf(x)).toBeCloseTo(p, 12);
  }
  expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
  expect([normalQuantile(Number.NaN), normalCdf(Number.NaN)]).toEqual([Number.NaN, Number.NaN]);
});

test("Holm is that of R: p.adjust(c(.01, .04, .03, .005), 'holm')", () => {
  const adjusted = holmAdjust([0.01, 0.04, 0.03, 0.005]);
  for (const [i, p] of [0.03, 0.06, 0.06, 0.02].entries()) expect(adjusted[i]).toBeCloseTo(p, 12);
  expect(holmAdjust([])).toEqual([]);
});

test("Holm by group is Holm of one group, and of several errs no more than their parts allow", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(share, fc.constantFrom("a", "b", "c")), { maxLength: 20 }),
      (drawn) => {
        const [p, groups] = [drawn.map(([value]) => value), drawn.map(([, group]) => group)];
        expect(
          holmByGroup(
            p,
            p.map(() => "a"),
          ),
        ).toEqual(holmAdjust(p));
        // At alpha, a group may reject what Holm rejects at its part of alpha, and nothing else.
        const weights = { a: 1, b: 2, c: 5 };
        const total = [...new Set(groups)].reduce((sum, group) => sum + weights[group], 0);
        const adjusted = holmByGroup(p, groups, weights);
        for (const group of new Set(groups)) {
          const own = p.filter((_, i) => groups[i] === group);
          const expected = holmAdjust(own).map((value) =>
            Math.min(1, (value * total) / weights[group]),
          );
          const found = adjusted.filter((_, i) => groups[i] === group);
          for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i]!, 12);
        }
      },
    ),
  );
});

test("Holm never lowers a p-value, keeps their order, and is Bonferroni for the smallest", () => {
  fc.assert(
    fc.property(fc.array(share, { minLength: 1, maxLength: 50 }), (p) => {
      const adjusted = holmAdjust(p);
      for (const [i, value] of adjusted.entries()) {
        expect(value).toBeGreaterThanOrEqual(p[i]!);
        expect(value).toBeLessThanOrEqual(1);
        for (const [j, other] of adjusted.entries())
          if (p[i]! < p[j]!) expect(value <= other).toBe(true);
      }
      expect(Math.min(...adjusted)).toBe(Math.min(1, Math.min(...p) * p.length));
    }),
  );
});

test("a sequence rejects at its total error exactly when a look rejects at its own", () => {
  expect(totalError(defaultLooks)).toBeCloseTo(0.01, 15);
  fc.assert(
    fc.property(fc.array(share, { maxLength: 3 }), (pValues) => {
      const isRejected = pValues.some((p, k) => p * 0.01 <= defaultLooks[k]!.oneSidedError * 0.01);
      expect(sequentialPValue(defaultLooks, pValues) <= totalError(defaultLooks)).toBe(isRejected);
    }),
  );
  expect(sequentialPValue(defaultLooks, [])).toBe(1);
});

test("Clopper-Pearson intervals are those of R's binom.test", () => {
  const table = [
    [10, 100, 0.95, 0.04900469, 0.1762226],
    [1, 10, 0.95, 0.002528579, 0.4450161],
    [0, 300, 0.9, 0, 1 - 0.05 ** (1 / 300)],
    [5, 5, 0.95, 0.025 ** (1 / 5), 1],
  ] as const;
  for (const [events, trials, confidence, low, high] of table) {
    const interval = clopperPearson(events, trials, confidence);
    expect(interval.low).toBeCloseTo(low, 6);
    expect(interval.high).toBeCloseTo(high, 6);
  }
});

test("the ends of a Clopper-Pearson interval have exactly the error in their tails", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), share, (trials, part) => {
      const events = Math.floor(part * trials);
      const { low, high } = clopperPearson(events, trials, 0.98);
      expect(low).toBeLessThanOrEqual(events / trials);
      expect(high).toBeGreaterThanOrEqual(events / trials);
      if (events > 0) expect(binomialCdf(trials, low).between(events, trials)).toBeCloseTo(0.01, 9);
      if (events < trials)
        expect(binomialCdf(trials, high).between(0, events)).toBeCloseTo(0.01, 9);
    }),
  );
});

test("rates of nothing, of halves and of more than all are refused", () => {
  expect(() => clopperPearson(0, 0, 0.95)).toThrow("trials must be at least 1, got 0");
  expect(() => clopperPearson(0.5, 2, 0.95)).toThrow("got 0.5 of 2");
  expect(() => clopperPearson(3, 2, 0.95)).toThrow("got 3 of 2");
  expect(() => clopperPearson(Number.NaN, 2, 0.95)).toThrow("got NaN of 2");
  expect(() => clopperPearson(1, 2, 1)).toThrow("below 1, got 1");
});

test("the detectable effect of a normal interval is the textbook (z + z) se", () => {
  // se = 1: half width 1.96; with 80% power 1.96 + 0.8416.
  const interval = { low: -1.959963984540054, high: 1.959963984540054, oneSidedError: 0.025 };
  expect(minimumDetectableEffect(interval, 0.8)).toBeCloseTo(1.959964 + 0.8416212, 6);
  expect(minimumDetectableEffect({ low: 2, high: 2, oneSidedError: 0.001 })).toBe(0);
  expect(minimumDetectableEffect({ low: 2, high: 2, oneSidedError: 0.5 })).toBe(Infinity);
});
