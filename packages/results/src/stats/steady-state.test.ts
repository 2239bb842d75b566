// When warm-up and sampling end.

import fc from "fast-check";
import { expect, test } from "vitest";
import { decideWarmup, findStep, isSteady } from "./steady-state.ts";
import { decideSampling } from "./stop-rule.ts";

test("three windows within 5% are steady, two are not, 5.1% is not", () => {
  expect(isSteady([100, 100])).toBe(false);
  expect(isSteady([100, 105, 102])).toBe(true);
  expect(isSteady([100, 105.1, 102])).toBe(false);
  expect(isSteady([900, 300, 100, 104, 102])).toBe(true);
});

test("a step in the last half is seen although the last three windows agree", () => {
  expect(isSteady([100, 100, 100, 100, 80, 80, 80])).toBe(false);
  // Once the step has left the last half, the new level is the steady state.
  expect(isSteady([100, 100, 100, 100, 80, 80, 80, 80])).toBe(true);
  expect(isSteady([80, 80, 80, 80, 100, 100, 100])).toBe(false);
});

test("one slow window in the last half is noise, not a step", () => {
  expect(isSteady([100, 100, 100, 100, 100, 100, 150, 100, 100, 100])).toBe(true);
});

test("a steady drift of 2% per window is a step", () => {
  const drift = Array.from({ length: 12 }, (_, index) => 200 * 0.98 ** index);
  expect(isSteady(drift)).toBe(false);
});

test("findStep names the first value after the step", () => {
  expect(findStep([10, 10, 10, 20, 20], 1.05)).toBe(3);
  expect(findStep([10, 10, 10, 10.4, 10.4], 1.05)).toBeUndefined();
  expect(findStep([], 1.05)).toBeUndefined();
});

test("a planted step is found where it was planted, whatever the noise within 1%", () => {
  const noise = fc.array(fc.double({ min: 0.995, max: 1.005, noNaN: true }), {
    minLength: 8,
    maxLength: 30,
  });
  fc.assert(
    fc.property(noise, fc.nat(), fc.boolean(), (factors, where, isFall) => {
      const at = 1 + (where % (factors.length - 2));
      const series = factors.map((factor, index) => factor * (index < at === isFall ? 120 : 100));
      expect(findStep(series, 1.05)).toBe(at);
      expect(findStep(factors, 1.05)).toBeUndefined();
    }),
  );
});

test("zero or broken medians are never steady", () => {
  expect(isSteady([0, 0, 0])).toBe(false);
  expect(isSteady([Number.NaN, 1, 1])).toBe(false);
});

test("warm-up ends steady, or at 500 iterations, or at 60 s", () => {
  const steady = [100, 100, 100];
  const rising = [100, 120, 140];
  const at = (windowMediansNs: readonly number[], iterations: number, seconds: number) =>
    decideWarmup({ windowMediansNs, iterations, elapsedNs: seconds * 1e9 });
  expect(at(rising, 499, 59.9)).toBe("continue");
  expect(at(rising, 500, 1)).toBe("no-steady-state");
  expect(at(rising, 1, 60)).toBe("no-steady-state");
  expect(at(steady, 500, 60)).toBe("steady");
});

test("sampling needs 30 iterations and 1 s, and gives up at 60 s", () => {
  const at = (iterations: number, seconds: number) =>
    decideSampling({ iterations, elapsedNs: seconds * 1e9 });
  expect(at(29, 59)).toBe("continue");
  expect(at(1000, 0.99)).toBe("continue");
  expect(at(30, 1)).toBe("enough");
  expect(at(29, 60)).toBe("time-limit");
  expect(at(0, 60)).toBe("continue");
});
