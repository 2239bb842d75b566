// The rule by which results pass, on values worked out by hand.
import { expect, test } from "vitest";
import { checkFinite, compareWith } from "./compare.ts";

const reference = { kind: "reference", reference: "some" } as const;

function compare(
  actual: number[],
  expected: number[],
  ratio = 0.01,
): ReturnType<typeof compareWith> {
  return compareWith(reference, [{ name: "y", actual, expected }], ratio);
}

test("an error up to ratio x (largest magnitude + own magnitude) passes, a larger one does not", () => {
  // Largest 10, so a value of 2 may be off by 0.01 * (10 + 2) = 0.12.
  expect(compare([2.119, -10], [2, -10])).toMatchObject({ passed: true, comparedValues: 2 });
  const failed = compare([2.121, -10], [2, -10]);
  expect(failed.passed).toBe(false);
  expect(failed.maxAbsoluteError).toBeCloseTo(0.121, 10);
  expect(failed.maxRelativeError).toBeCloseTo(0.121 / 2.121, 10);
  expect(failed.tolerance.absolute).toBeCloseTo(0.1, 10);
});

test("each tensor has its own scale: a large one does not excuse a small one", () => {
  const large = { name: "a", actual: [1000], expected: [1000] };
  const small = { name: "b", actual: [2e-6], expected: [1e-6] };
  const check = compareWith(reference, [large, small], 0.01);
  expect(check.passed).toBe(false);
  expect(check.tolerance.absolute).toBeCloseTo(1e-8, 15);
});

test("values that are not finite fail unless the reference has the same ones", () => {
  expect(compare([NaN, 1], [0, 1])).toMatchObject({ passed: false, nonFiniteValues: 1 });
  expect(compare([1, 1], [Infinity, 1])).toMatchObject({ passed: false, nonFiniteValues: 1 });
  expect(compare([NaN, -Infinity], [NaN, -Infinity])).toMatchObject({ passed: true });
});

test("too few values and nothing at all fail", () => {
  expect(compare([1], [1, 2]).passed).toBe(false);
  expect(compare([1, 2, 3], [1, 2]).passed).toBe(false);
  expect(compareWith(reference, [], 0.01).passed).toBe(false);
});

test("zeros must be zeros", () => {
  expect(compare([0, -0], [0, 0]).passed).toBe(true);
  expect(compare([0, 1e-30], [0, 0]).passed).toBe(false);
});

test("without a reference only finiteness is checked, and the record says so", () => {
  expect(checkFinite("none", [[1, 2], [3]])).toMatchObject({
    kind: "finite-only",
    comparedValues: 3,
    passed: true,
  });
  expect(checkFinite("none", [[1, NaN], [Infinity]])).toMatchObject({
    nonFiniteValues: 2,
    passed: false,
  });
});
