// The step of a clock from the differences of its stamps.
import { expect, test } from "vitest";
import { stepOf } from "./timestamp-quantum.ts";

test("finds the step whatever the first stamp is", () => {
  const start = 1_234_567_890_123n;
  expect(stepOf([0n, 3n, 1n, 7n].map((step) => start + step * 65_536n))).toBe(65_536);
  expect(stepOf([start + 10n, start + 25n, start])).toBe(5);
  expect(stepOf([start, start + 9n, start + 20n])).toBe(1);
});

test("stamps beyond 2^53 keep their last bits", () => {
  const start = 2n ** 62n + 1n;
  expect(stepOf([start, start + 3n, start + 9n])).toBe(3);
});

test("a clock that hardly moves tells nothing", () => {
  expect(stepOf([])).toBeUndefined();
  expect(stepOf([5n, 5n, 5n])).toBeUndefined();
  expect(stepOf([5n, 10n])).toBeUndefined();
});
