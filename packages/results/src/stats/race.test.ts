// Ending a trial early: by hand-computed binomial tails, and by how often it errs.
import { expect, test } from "vitest";
import { Race } from "./race.ts";

let state = 1;
/** The minimal standard generator of Park and Miller (1988): 16807 x mod (2^31 - 1). */
function uniform(): number {
  state = (16_807 * state) % 2_147_483_647;
  return state / 2_147_483_647;
}

const median = { quantile: 0.5, aboveNs: 100 };

test("a trial is lost once the binomial tail is below what a look may spend", () => {
  // All n samples above the median's limit: 2^-n. The first look spends .01 / 2, so 8 samples (2^-8 = .0039) do it.
  const slow = (count: number): number[] => Array.from({ length: count }, () => 101);
  expect(new Race({ limits: [median], error: 0.01 }).look(slow(7))).toBeUndefined();
  expect(new Race({ limits: [median], error: 0.01 }).look(slow(8))).toBe(median);
  // 1 of 8 at or below it: 9 / 256 is too much.
  expect(new Race({ limits: [median], error: 0.01 }).look([...slow(7), 100])).toBeUndefined();
});

test("a tail shows itself in few samples, and each look spends less", () => {
  const tail = { quantile: 0.95, aboveNs: 100 };
  const race = new Race({ limits: [median, tail], error: 0.01 });
  // 4 of 5 within: for the 95% quantile 1 - .95^5 = .226.
  expect(race.look([1, 1, 1, 1, 200])).toBeUndefined();
  // 4 of 7 within: P(B <= 4 | 7, .95) = .0038 is above .01 / 6 / 2 of the second look ...
  expect(race.look([200, 200])).toBeUndefined();
  // ... and 4 of 9: P(B <= 4 | 9, .95) = 3.3e-5 is below .01 / 12 / 2 of the third.
  expect(race.look([200, 200])).toBe(tail);
});

test("a trial at its limit is ended wrongly in less than its share of cases, looked at after every sample", () => {
  const error = 0.1;
  let wrong = 0;
  const trials = 400;
  for (let trial = 0; trial < trials; trial++) {
    const race = new Race({ limits: [{ quantile: 0.5, aboveNs: 0.5 }], error });
    const samples = Array.from({ length: 100 }, uniform);
    if (samples.some((sample) => race.look([sample]) !== undefined)) wrong++;
  }
  expect(wrong / trials).toBeLessThan(error);
});
