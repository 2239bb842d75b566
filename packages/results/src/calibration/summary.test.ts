// The choice of the number per process, on samples whose noise is known.

import fc from "fast-check";
import { expect, test } from "vitest";
import { chooseSummary, costSummaries, summarizeProcess } from "./summary.ts";

/** Deterministic numbers in [0, 1), from the Weyl sequence of the golden ratio. */
function weyl(index: number): number {
  return (index * 0.6180339887498949) % 1;
}

/** A process whose fast samples are always the same and whose slow half depends on the process. */
function oneSidedProcess(index: number): number[] {
  const delay = 1 + weyl(index);
  return Array.from({ length: 100 }, (_, i) => (i < 30 ? 100 : 100 * delay + i));
}

test("one-sided noise makes a low quantile the least noisy", () => {
  const pairs = Array.from(
    { length: 12 },
    (_, i) => [oneSidedProcess(2 * i), oneSidedProcess(2 * i + 1)] as const,
  );
  const chosen = chooseSummary(pairs);
  expect(chosen.summary).toEqual({ kind: "quantile", probability: 0.01 });
  expect(chosen.pairDeviation).toBe(0);
  expect(chosen.candidates.map(({ summary }) => summary)).toHaveLength(costSummaries.length);
  const median = chosen.candidates.find(
    ({ summary }) => summary.kind === "quantile" && summary.probability === 0.5,
  );
  expect(median?.pairDeviation).toBeGreaterThan(0.1);
});

test("the deviation and the floor are those of the log ratios", () => {
  // d = ln 2, 0, -ln 2: mean 0, standard deviation ln 2.
  const pairs = [
    [[1], [2]],
    [[5], [5]],
    [[4], [2]],
  ] as const;
  const { pairDeviation, floorRatio } = chooseSummary(pairs, [{ kind: "value" }]);
  expect(pairDeviation).toBeCloseTo(Math.LN2, 12);
  expect(floorRatio).toBeCloseTo(Math.LN2 / Math.sqrt(10), 12);
  // A side that is always slower is noise too: no deviation, but a bias.
  const biased = chooseSummary(
    [
      [[1], [1.1]],
      [[2], [2.2]],
    ],
    [{ kind: "value" }],
  );
  expect(biased.floorRatio).toBeCloseTo(Math.log(1.1), 12);
});

test("a summary lies within its samples, and what has none is refused", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1, max: 1e9, noNaN: true }), { minLength: 1 }),
      fc.constantFrom(...costSummaries),
      (samples, summary) => {
        const value = summarizeProcess(samples, summary);
        expect(value).toBeGreaterThanOrEqual(Math.min(...samples) * (1 - 1e-12));
        expect(value).toBeLessThanOrEqual(Math.max(...samples) * (1 + 1e-12));
      },
    ),
  );
  expect(() => summarizeProcess([], { kind: "mean" })).toThrow("at least one");
  expect(() => summarizeProcess([1, NaN], { kind: "mean" })).toThrow("finite");
  expect(() => summarizeProcess([1, 2], { kind: "value" })).toThrow("one sample, got 2");
  expect(() => chooseSummary([[[1], [1]]])).toThrow("at least 2 pairs, got 1");
  expect(() =>
    chooseSummary([
      [[0], [1]],
      [[1], [1]],
    ]),
  ).toThrow("above 0, got 0 and 1");
});
