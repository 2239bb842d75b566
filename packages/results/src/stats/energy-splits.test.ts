// Energy splits against their definition over all pairs, in the order of the series and in any other.

import fc from "fast-check";
import { expect, test } from "vitest";
import { EnergySplits, minSegment } from "./energy-splits.ts";

/** Energy distance by its definition, all pairs, for comparison with the incremental sums. */
function energyByDefinition(first: readonly number[], second: readonly number[]): number {
  const mean = (a: readonly number[], b: readonly number[], skip: boolean): number => {
    const all = a.flatMap((x, i) =>
      b.flatMap((y, j) => (skip && i === j ? [] : [Math.abs(x - y)])),
    );
    return all.reduce((sum, d) => sum + d, 0) / all.length;
  };
  const [m, n] = [first.length, second.length];
  const distance =
    2 * mean(first, second, false) - mean(first, first, true) - mean(second, second, true);
  return ((m * n) / (m + n)) * distance;
}

/** Rounding of sums, relative to the sizes that were summed. */
function tolerance(values: readonly number[]): number {
  const size = Math.max(...values) - Math.min(...values);
  return 1e-9 * size * values.length;
}

const value = fc.oneof(
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
  fc.integer({ min: 0, max: 3 }),
  // Small differences of large values, as of times in ns.
  fc.integer({ min: 0, max: 9 }).map((step) => 1e9 + step / 8),
);

test("every split of every order is that of the definition, and the best is the largest", () => {
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 2 * minSegment, maxLength: 16 }).chain((values) =>
        fc.tuple(
          fc.constant(values),
          fc.shuffledSubarray(
            values.map((_, i) => i),
            { minLength: values.length },
          ),
        ),
      ),
      ([values, order]) => {
        const splits = new EnergySplits(values);
        const shuffled = order.map((i) => values[i]!);
        const ranks = Int32Array.from(order, (i) => splits.ranks[i]!);
        const limit = tolerance(values);
        let largest = -Infinity;
        for (let index = minSegment; index <= values.length - minSegment; index += 1) {
          const expected = energyByDefinition(shuffled.slice(0, index), shuffled.slice(index));
          expect(Math.abs(splits.at(index, ranks) - expected)).toBeLessThanOrEqual(limit);
          largest = Math.max(largest, expected);
        }
        const best = splits.best(ranks)!;
        expect(Math.abs(best.statistic - largest)).toBeLessThanOrEqual(limit);
        const { index } = best;
        const there = energyByDefinition(shuffled.slice(0, index), shuffled.slice(index));
        expect(Math.abs(there - largest)).toBeLessThanOrEqual(limit);
      },
    ),
  );
});

test("fewer than six values have no split", () => {
  expect(new EnergySplits([1, 2, 3, 4, 5]).best()).toBeUndefined();
  expect(new EnergySplits([1, 2, 3, 4, 5, 6]).best()).toMatchObject({ index: 3 });
});

test("of two steps the clear one is the best split", () => {
  expect(new EnergySplits([1, 1, 1, 1, 2, 2, 2, 9, 9, 9]).best()).toMatchObject({ index: 7 });
});
