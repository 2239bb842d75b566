// Void samples: by cause and time, never by value.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConditionReading } from "./conditions.ts";
import { findVoidSamples } from "./void-samples.ts";

/** Ten samples of 100 ns, one after another. */
const samples = {
  startedAtNs: Array.from({ length: 10 }, (_, i) => i * 100),
  durationNs: new Array<number>(10).fill(100),
};

test("a cause voids the samples in the time that its reading speaks for", () => {
  const readings: ConditionReading[] = [
    { atNs: 100 },
    { atNs: 500, throttledBy: ["hw-thermal-slowdown"] },
    { atNs: 900 },
  ];
  // From half way to the reading before, 300, to half way to the one after, 700.
  expect(findVoidSamples(samples, readings)).toEqual(
    [3, 4, 5, 6].map((index) => ({ index, cause: "throttled", evidence: "hw-thermal-slowdown" })),
  );
  const always = [{ atNs: 0, foreignProcesses: ["77 python"] }];
  expect(findVoidSamples(samples, always)).toHaveLength(10);
  expect(findVoidSamples(samples, always)[0]).toMatchObject({
    cause: "foreign-process",
    evidence: "77 python",
  });
});

test("a clock under 90% of its median is a cause, one above it is not", () => {
  const at = (clocks: readonly number[]): ConditionReading[] =>
    clocks.map((clockMhz, i) => ({ atNs: i * 100 + 50, clockMhz }));
  const clocks = [2000, 2000, 1790, 2000, 1810, 2000, 2000, 2000, 2000, 2000];
  expect(findVoidSamples(samples, at(clocks))).toEqual([
    { index: 2, cause: "clock-below-90-percent", evidence: "1790 MHz, median 2000 MHz" },
  ]);
});

test("without readings or without causes nothing is void, whatever the samples", () => {
  const durations = fc.array(fc.integer({ min: 0, max: 1e9 }));
  const clock = fc.integer({ min: 1000, max: 1100 });
  fc.assert(
    fc.property(durations, fc.array(clock), (durationNs, clocks) => {
      const startedAtNs = durationNs.map((_, i) =>
        durationNs.slice(0, i).reduce((a, b) => a + b, 0),
      );
      const readings = clocks.map((clockMhz, i) => ({ atNs: i * 1e6, clockMhz }));
      expect(findVoidSamples({ startedAtNs, durationNs }, readings)).toEqual([]);
    }),
  );
});
