// Importances of functions whose decomposition of variance is known.
import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import { Space } from "../space/space.ts";
import { functionalAnova, permutationImportance } from "./importance.ts";

const space = new Space({
  parameters: {
    a: { kind: "integer", min: 0, max: 3 },
    b: { kind: "categorical", values: ["x", "y", "z"] },
    c: { kind: "boolean" },
    d: { kind: "integer", min: 0, max: 4 },
  },
});
const points = space.list()!;
const shareOf = (found: ReturnType<typeof functionalAnova>, ...names: string[]): number =>
  found.find(({ parameters }) => parameters.join() === names.join())!.share;

describe("functional ANOVA", () => {
  it("has the shares of an additive function", () => {
    // Variances of the parts over their levels: a: 4 x var(0..3) = 5; b: var(0, 3, 3) = 2; c: var(0, 2) = 1.
    const values = points.map(([a, b, c]) => 2 * a! + (b === 0 ? 0 : 3) + 2 * c!);
    const found = functionalAnova(space, { points, values }, { random: Random.of(3) });
    expect(shareOf(found, "a")).toBeCloseTo(5 / 8, 1);
    expect(shareOf(found, "b")).toBeCloseTo(2 / 8, 1);
    expect(shareOf(found, "c")).toBeCloseTo(1 / 8, 1);
    expect(shareOf(found, "d")).toBeLessThan(0.03);
    expect(found[0]!.parameters).toEqual(["a"]);
  });

  it("finds an interaction that no parameter has alone", () => {
    const values = points.map(([a, , c]) => (a! >= 2 ? 1 : -1) * (c === 1 ? 1 : -1));
    const found = functionalAnova(space, { points, values }, { random: Random.of(3) });
    expect(shareOf(found, "a", "c")).toBeGreaterThan(0.7);
    expect(shareOf(found, "a")).toBeLessThan(0.15);
  });

  it("refuses a single sample", () => {
    expect(() =>
      functionalAnova(space, { points: [points[0]!], values: [1] }, { random: Random.of(1) }),
    ).toThrow("at least 2 points");
  });
});

describe("permutation importance", () => {
  it("orders parameters by what they change", () => {
    const values = points.map(([a, b, c]) => 2 * a! + (b === 0 ? 0 : 3) + 0.5 * c!);
    const found = permutationImportance(space, { points, values }, { random: Random.of(4) });
    expect(found.map(({ parameters }) => parameters[0])).toEqual(["a", "b", "c", "d"]);
    expect(found.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(found[3]!.share).toBeLessThan(0.02);
  });

  it("is 0 for a constant", () => {
    const found = permutationImportance(
      space,
      { points, values: points.map(() => 7) },
      { random: Random.of(4) },
    );
    expect(found.every(({ share }) => share === 0)).toBe(true);
  });
});
