// Statistics on many samples: ties, zeros, NaN, and 100,000 samples, which take well under a second. The time is printed
// by bench/statistics-time.mjs; here only the results count.

import { expect, test } from "vitest";
import {
  changePoints,
  histogram,
  madListing,
  moments,
  quantileInterval,
  sortSamples,
  summarize,
  tukeyListing,
} from "../src/index.ts";

test("100,000 tied samples, zeros among them, are summarised", () => {
  const samples = Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 10);
  const summary = summarize(samples);
  expect(summary).toMatchObject({ count: 100_000, minNs: 0, maxNs: 9, p99Ns: 9, p999Ns: 9 });
  expect(summary.withheld).toEqual([]);
  const sorted = sortSamples(samples);
  expect(quantileInterval(sorted, 0.5, 0.95)).toMatchObject({ low: 4, high: 5 });
  expect(moments(sorted).mean).toBeCloseTo(4.5, 9);
  expect(histogram(sorted).reduce((sum, { count }) => sum + count, 0)).toBe(100_000);
  expect(tukeyListing(samples).listed).toEqual([]);
  expect(madListing(samples).listed).toEqual([]);
});

test("a step in 100,000 values is the only change point", () => {
  const values = Array.from(
    { length: 100_000 },
    (_, i) => ((i * 7919) % 101) + (i < 60_000 ? 0 : 80),
  );
  const found = changePoints(values);
  expect(found.some(({ index }) => Math.abs(index - 60_000) <= 3)).toBe(true);
});
