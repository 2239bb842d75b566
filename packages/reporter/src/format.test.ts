// Numbers as text: the right unit at every border, and never an unreadable one.

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInstant,
  formatNumber,
  formatRate,
  formatShare,
} from "./format.ts";

test("durations", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0 ns"],
    [812, "812 ns"],
    [999, "999 ns"],
    [1000, "1.00 µs"],
    [999_499, "999 µs"],
    [999_600, "1.00 ms"],
    [1_214_000, "1.21 ms"],
    [12_340_000_000, "12.3 s"],
    [119_990_000_000, "120 s"],
    [200e9, "3 min 20 s"],
    [3600e9, "1 h 0 min"],
    [93_784e9, "26 h 3 min"],
  ];
  for (const [ns, text] of cases) expect(formatDuration(ns)).toBe(text);
});

test("sizes, counts, rates, shares and plain numbers", () => {
  expect([0, 1023, 1024, 155_189_248, 2 ** 34].map(formatBytes)).toEqual([
    "0 B",
    "1023 B",
    "1.00 KiB",
    "148 MiB",
    "16.0 GiB",
  ]);
  expect([0, 12, 9999, 12_345, 2.64e10].map(formatCount)).toEqual([
    "0",
    "12",
    "9,999",
    "12.3 k",
    "26.4 G",
  ]);
  expect([0.5, 57.94, 1234.5, 569_012.3].map(formatRate)).toEqual([
    "0.500",
    "57.9",
    "1,235",
    "569,000",
  ]);
  expect([0, 0.1832, 1].map(formatShare)).toEqual(["0.0%", "18.3%", "100.0%"]);
  expect([0, 3, 0.08501, 2.1e-7, -0.5].map(formatNumber)).toEqual([
    "0",
    "3",
    "0.08501",
    "2.10e-7",
    "-0.5000",
  ]);
  expect(formatInstant("2026-01-02T03:04:05.678Z")).toBe("2026-01-02 03:04:05 UTC");
});

test("a duration reads back within half a unit of its third digit", () => {
  const units: Readonly<Record<string, number>> = { ns: 1, µs: 1e3, ms: 1e6, s: 1e9 };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 119e9 }), (ns) => {
      const [value = "", unit = ""] = formatDuration(ns).split(" ");
      expect(Math.abs(Number(value) * (units[unit] ?? Number.NaN) - ns)).toBeLessThanOrEqual(
        ns * 0.00501,
      );
    }),
  );
});

test("no finite number becomes exponent, NaN or an endless text", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e18, noNaN: true }), (value) => {
      for (const text of [formatDuration(value), formatBytes(value), formatCount(value)]) {
        expect(text).not.toMatch(/NaN|e\+|undefined/);
        expect(text.length).toBeLessThan(24);
      }
    }),
  );
});
