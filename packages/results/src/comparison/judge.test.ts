// The decision rule on series whose answer is known, and its error rates on a fixed stream of random numbers.

import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultLooks } from "../stats/looks.ts";
import { judge } from "./judge.ts";
import type { Rule, Series } from "./judge.ts";

const rule: Rule = { looks: defaultLooks, familyError: 0.05 };
const margin = Math.log(1.025);

/** n differences spread evenly around a centre. */
function around(centre: number, halfWidth: number, n: number): number[] {
  return Array.from(
    { length: n },
    (_, i) => centre + halfWidth * (((i * 7) % n) / (n - 1) - 0.5) * 2,
  );
}

function one(differences: readonly number[]): ReturnType<typeof judge>[number] {
  const [judgement] = judge([{ differences, margin }], rule);
  return judgement!;
}

/** Normal numbers from a fixed generator (Box-Muller), so that the test does not depend on luck. */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

test("clear cases are decided at the first look", () => {
  expect(one(around(0.1, 0.01, 10))).toMatchObject({ verdict: "REGRESSED", rounds: 10 });
  expect(one(around(0, 0.01, 10))).toMatchObject({ verdict: "PASS", rounds: 10 });
  expect(one(around(-0.1, 0.01, 10))).toMatchObject({ verdict: "IMPROVED", rounds: 10 });
});

test("the interval decides, not the estimate: beyond the margin but too noisy is undecided", () => {
  const judgement = one(around(0.04, 0.2, 30));
  expect(judgement).toMatchObject({ verdict: "UNDECIDED", rounds: 30 });
  expect(judgement.estimate).toBeGreaterThan(margin);
  expect(judgement.interval!.low).toBeLessThan(margin);
  expect(judgement.detectableEffect).toBeGreaterThan(0.05);
});

test("a verdict stays, whatever later rounds say", () => {
  const series = [...around(0, 0.01, 10), ...around(0.2, 0.01, 20)];
  expect(one(series)).toMatchObject({ verdict: "PASS", rounds: 10 });
});

test("before the first look nothing is decided, and nothing is measured without rounds", () => {
  expect(one(around(0.5, 0.01, 9))).toMatchObject({
    verdict: "UNDECIDED",
    rounds: 9,
    pRegressed: 1,
  });
  expect(one([])).toEqual({
    verdict: "UNDECIDED",
    rounds: 0,
    pRegressed: 1,
    adjustedPRegressed: 1,
  });
});

test("a slowdown of exactly the margin is none, with equal differences and without a margin", () => {
  const equal = (d: number): number[] => new Array<number>(10).fill(d);
  expect(one(equal(margin)).verdict).not.toBe("REGRESSED");
  expect(one(equal(margin * 1.01)).verdict).toBe("REGRESSED");
  const [none] = judge([{ differences: equal(0), margin: 0 }], rule);
  expect(none?.verdict).toBe("PASS");
});

test("Holm: a p-value that convicts alone does not among many", () => {
  // 10 of 10 above the margin: p = 2^-10, of the first look's .002; in sequence .0049.
  const slow: Series = { differences: around(0.1, 0.01, 10), margin };
  const quiet: Series = { differences: around(0, 0.01, 10), margin };
  const [alone] = judge([slow], rule);
  expect(alone).toMatchObject({ verdict: "REGRESSED" });
  expect(alone?.pRegressed).toBeCloseTo((2 ** -10 * 0.01) / 0.002, 12);
  const [among] = judge([slow, ...new Array<Series>(20).fill(quiet)], rule);
  expect(among?.verdict).toBe("UNDECIDED");
  expect(among?.adjustedPRegressed).toBeCloseTo(21 * alone!.pRegressed, 12);
});

test("groups have their own parts of the error: many guards do not make a primary series wait", () => {
  const slow = (group: string): Series => ({ differences: around(0.1, 0.01, 10), margin, group });
  const quiet: Series = { differences: around(0, 0.01, 10), margin, group: "guard" };
  const weighted: Rule = { ...rule, groupWeights: { primary: 0.25, guard: 0.75 } };
  const [primary] = judge([slow("primary"), ...new Array<Series>(20).fill(quiet)], weighted);
  expect(primary).toMatchObject({ verdict: "REGRESSED" });
  expect(primary?.adjustedPRegressed).toBeCloseTo(4 * primary!.pRegressed, 12);
  const [guard] = judge([slow("guard"), slow("primary"), quiet, quiet], weighted);
  expect(guard?.adjustedPRegressed).toBeCloseTo((3 / 0.75) * guard!.pRegressed, 12);
  const [equal] = judge([slow("guard"), slow("primary")], rule);
  expect(equal?.adjustedPRegressed).toBeCloseTo(2 * equal!.pRegressed, 12);
});

test("false alarms on the margin itself are at most the spent error, and 5% is caught", () => {
  const next = normals(7);
  const runs = 2000;
  const count = (centre: number, verdict: string): number =>
    Array.from({ length: runs }, () =>
      one(Array.from({ length: 30 }, () => centre + 0.021 * next())),
    ).filter((judgement) => judgement.verdict === verdict).length;
  // 20 expected at most; 4 standard deviations more are 18.
  expect(count(margin, "REGRESSED")).toBeLessThan(38);
  expect(count(0, "REGRESSED")).toBe(0);
  expect(count(Math.log(1.05), "REGRESSED") / runs).toBeGreaterThan(0.97);
});

test("whatever the numbers, verdicts agree with their intervals", () => {
  const difference = fc.oneof(
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.constantFrom(0, margin, -margin),
  );
  fc.assert(
    fc.property(
      fc.array(fc.array(difference, { maxLength: 35 }), { maxLength: 5 }),
      fc.constantFrom(0, margin),
      (family, limit) => {
        const judged = judge(
          family.map((differences) => ({ differences, margin: limit })),
          rule,
        );
        expect(judged).toHaveLength(family.length);
        for (const { verdict, interval, rounds } of judged) {
          if (verdict === "UNDECIDED") continue;
          expect([10, 20, 30]).toContain(rounds);
          if (verdict === "REGRESSED") expect(interval!.low).toBeGreaterThan(limit);
          if (verdict === "IMPROVED") expect(interval!.high).toBeLessThan(-limit);
          if (verdict === "PASS") expect(interval!.high).toBeLessThanOrEqual(limit);
        }
      },
    ),
  );
});

test("a difference that is no number is refused", () => {
  const bad = [...around(0, 1, 9), Number.NaN];
  expect(() => one(bad)).toThrow("every sample must be finite, got NaN");
});
