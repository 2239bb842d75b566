// Permutations: complete, uniform, and the same for the same numbers.
import { describe, expect, it } from "vitest";
import { DataError } from "@fastgpu/core";
import { permutation } from "./permutation.ts";

describe("permutation", () => {
  it("holds every row once", () => {
    for (const size of [0, 1, 2, 7, 1000]) {
      const sorted = [...permutation(size, 3)].sort((a, b) => a - b);
      expect(sorted).toEqual(Array.from({ length: size }, (_, row) => row));
    }
  });

  it("is decided by seed and stream alone", () => {
    expect(permutation(100, 5, 2)).toEqual(permutation(100, 5, 2));
    const others = [permutation(100, 5, 3), permutation(100, 6, 2), permutation(100, 0xffff_ffff)];
    for (const other of others) expect(other).not.toEqual(permutation(100, 5, 2));
  });

  it("gives each of the 24 orders of four rows equally often over seeds", () => {
    const counts = new Map<string, number>();
    const draws = 24_000;
    for (let seed = 0; seed < draws; seed++) {
      const order = permutation(4, seed).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    const expected = draws / 24;
    const deviations = [...counts.values()].map((count) => (count - expected) ** 2 / expected);
    const chiSquare = deviations.reduce((sum, value) => sum + value, 0);
    expect(counts.size).toBe(24);
    // 99.9% point of chi-square with 23 degrees of freedom (any table of the distribution).
    expect(chiSquare).toBeLessThan(49.73);
  });

  it("refuses seeds and streams out of range", () => {
    for (const seed of [-1, 0.5, NaN, 2 ** 32]) {
      expect(() => permutation(3, seed)).toThrow(DataError);
    }
    expect(() => permutation(3, 0, -1)).toThrow(/stream must be an integer of at least 0, got -1/);
  });
});
