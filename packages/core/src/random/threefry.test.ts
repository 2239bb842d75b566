// Threefry against the published vectors of Random123, and the sequence that backends must reproduce.
import { expect, test } from "vitest";
import { threefry2x32, uniform } from "./threefry.ts";

const hex = (words: readonly number[]): string =>
  words.map((word) => word.toString(16).padStart(8, "0")).join(" ");

test.each([
  // Counter, key and result of threefry2x32 with 20 rounds in the file kat_vectors of Random123.
  [[0, 0], [0, 0], "6b200159 99ba4efe"],
  [[0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], "1cb996fc bb002be7"],
  [[0x243f6a88, 0x85a308d3], [0x13198a2e, 0x03707344], "c4923a9c 483df7a0"],
] as const)("published vector for counter %j and key %j", (counter, key, expected) => {
  expect(hex(threefry2x32(key, counter))).toBe(expected);
});

test("signed and unsigned words are the same bits", () => {
  expect(threefry2x32([-1, -1], [-1, -1])).toEqual(
    threefry2x32([0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff]),
  );
});

test("uniform takes the upper 24 bits of both words of blocks 0, 1, ...", () => {
  // The first vector above: 0x6b2001 and 0x99ba4e as numerators over 2^24.
  expect([...uniform([0, 0], 2)]).toEqual([0x6b2001 / 2 ** 24, 0x99ba4e / 2 ** 24]);
  const [third] = threefry2x32([0, 0], [1, 0]);
  expect(uniform([0, 0], 3)[2]).toBe(Math.floor(third / 256) / 2 ** 24);
});

test("an element does not depend on how many are made", () => {
  const long = uniform([7, 11], 101);
  for (const count of [0, 1, 2, 33, 100]) {
    expect([...uniform([7, 11], count)]).toEqual([...long.subarray(0, count)]);
  }
});

test("uniform numbers have the moments and the spread of a uniform distribution", () => {
  const count = 1 << 16;
  for (const key of [
    [0, 1],
    [1, 0],
    [-5, 123456789],
  ] as const) {
    const numbers = uniform(key, count);
    expect(numbers.every((u) => u >= 0 && u < 1 && Number.isInteger(u * 2 ** 24))).toBe(true);
    const mean = numbers.reduce((sum, u) => sum + u, 0) / count;
    const variance = numbers.reduce((sum, u) => sum + (u - mean) ** 2, 0) / count;
    // Standard errors: sqrt(1/12/n) = 1.1e-3 for the mean, sqrt(1/180/n) = 2.9e-4 for the variance; 5 of them.
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / count));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / count));
    // Chi-squared over 256 bins has mean 255 and standard deviation sqrt(510) = 22.6.
    const bins = new Float64Array(256);
    for (const u of numbers) bins[Math.floor(u * 256)] = bins[Math.floor(u * 256)]! + 1;
    const chi = bins.reduce((sum, n) => sum + (n - count / 256) ** 2 / (count / 256), 0);
    expect(Math.abs(chi - 255)).toBeLessThan(5 * Math.sqrt(510));
  }
});

test("neighbouring elements and neighbouring keys are uncorrelated", () => {
  const count = 1 << 16;
  const correlation = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, value, i) => sum + (value - 0.5) * ((b[i] ?? 0) - 0.5), 0) / (a.length / 12);
  const numbers = uniform([3, 4], count + 1);
  // The correlation of n independent pairs has the standard error 1/sqrt(n); 5 of them.
  const bound = 5 / Math.sqrt(count);
  expect(Math.abs(correlation(numbers.slice(0, count), numbers.slice(1)))).toBeLessThan(bound);
  for (const key of [
    [4, 4],
    [3, 5],
  ] as const) {
    const others = uniform(key, count);
    expect(Math.abs(correlation(numbers.slice(0, count), others))).toBeLessThan(bound);
  }
});
