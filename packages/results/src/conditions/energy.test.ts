// Energy from meters and from power, by hand.

import { expect, test } from "vitest";
import { energyBetween } from "./energy.ts";

test("a meter is read between its readings", () => {
  const readings = [0, 1000, 2000].map((atMs) => ({ atMs, joules: 50 + atMs / 100 }));
  expect(energyBetween(readings, 500, 1500)).toBeCloseTo(10, 9);
});

test("power is integrated, and goes on at the ends", () => {
  const readings = [
    { atMs: 1000, watts: 100 },
    { atMs: 2000, watts: 200 },
  ];
  expect(energyBetween(readings, 1000, 2000)).toBeCloseTo(150, 9);
  expect(energyBetween(readings, 1500, 2000)).toBeCloseTo(87.5, 9);
  expect(energyBetween(readings, 0, 3000)).toBeCloseTo(100 + 150 + 200, 9);
  expect(energyBetween([{ atMs: 5, watts: 10 }], 0, 1000)).toBeCloseTo(10, 9);
});

test("without readings there is no energy", () => {
  expect(energyBetween([], 0, 1)).toBeUndefined();
  expect(energyBetween([{ atMs: 0, joules: 1 }], 0, 1)).toBeUndefined();
});
