// Listings against their formulas, worked by hand.

import fc from "fast-check";
import { expect, test } from "vitest";
import { madListing, tukeyListing } from "./outliers.ts";

test("Tukey's fences are 1.5 quartile ranges away", () => {
  // Type 7 quartiles of 1..9 are 3 and 7, so the fences are -3 and 13.
  const samples = [9, 1, 2, 14, 4, 5, 6, 7, 3];
  // Sorted 1 2 3 4 5 6 7 9 14: quartiles 3 and 7.
  expect(tukeyListing(samples)).toEqual({
    rule: "tukey",
    low: -3,
    high: 13,
    listed: [{ index: 3, value: 14 }],
  });
  expect(tukeyListing(samples, 3).listed).toEqual([]);
});

test("the MAD rule lists modified z-scores over 3.5", () => {
  // Median 3, MAD 1: limits 3 -+ 3.5 / 0.6745 = 3 -+ 5.189.
  const { low, high, listed } = madListing([1, 2, 3, 4, 9]);
  expect([low, high].map((value) => value.toFixed(3))).toEqual(["-2.189", "8.189"]);
  expect(listed).toEqual([{ index: 4, value: 9 }]);
  expect(madListing([5, 5, 5, 5, 900]).listed).toEqual([]);
});

test("listings name samples as they are, and nothing within the limits", () => {
  const samples = fc.array(
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }),
    {
      minLength: 1,
    },
  );
  fc.assert(
    fc.property(samples, (values) => {
      for (const { low, high, listed } of [tukeyListing(values), madListing(values)]) {
        const inside = values.filter((value) => value >= low && value <= high).length;
        expect(listed.length + inside).toBe(values.length);
        for (const { index, value } of listed) expect(values[index]).toBe(value);
      }
    }),
  );
});

test("no sample and NaN are refused", () => {
  expect(() => tukeyListing([])).toThrow("at least one");
  expect(() => madListing([1, NaN])).toThrow("finite");
});
