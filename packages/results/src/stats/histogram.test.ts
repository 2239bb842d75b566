// Histogram bins: their number, and that no sample is lost.

import fc from "fast-check";
import { expect, test } from "vitest";
import { histogram } from "./histogram.ts";
import { sortSamples } from "./sorted.ts";

test("Freedman-Diaconis width of 1..1000 is 2 x 499.5 / 10, so 10 bins", () => {
  const bins = histogram(sortSamples(Array.from({ length: 1000 }, (_, index) => index + 1)));
  expect(bins.length).toBe(10);
  expect(bins.map(({ count }) => count)).toEqual(new Array(10).fill(100));
});

test("equal samples are one bin", () => {
  expect(histogram(sortSamples([3, 3, 3]))).toEqual([{ low: 3, high: 3, count: 3 }]);
});

test("every sample is in one bin and bins touch", () => {
  const values = fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 1, maxLength: 500 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 80 }), (samples, maxBins) => {
      const sorted = sortSamples(samples);
      const bins = histogram(sorted, maxBins);
      expect(bins.length).toBeLessThanOrEqual(maxBins);
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(samples.length);
      expect([bins[0]?.low, bins.at(-1)?.high]).toEqual([sorted[0], sorted.at(-1)]);
      for (const [index, bin] of bins.slice(1).entries()) expect(bin.low).toBe(bins[index]?.high);
    }),
  );
});
