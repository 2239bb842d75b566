// When a target counts as reached.
import type { EpochRecord } from "@fastgpu/results";
import { expect, test } from "vitest";
import { timeToTarget } from "./train-to-accuracy.ts";

function epoch(number: number, loss: number, validationAccuracy: number): EpochRecord {
  return { epoch: number, loss, validationAccuracy, steps: 2, trainNs: 100, validationNs: 10 };
}

const epochs = [epoch(1, 2, 0.5), epoch(2, 1, 0.8), epoch(3, 0.5, 0.79)];

test("the first epoch that meets the target counts, with its validation time", () => {
  expect(timeToTarget({ metric: "validationAccuracy", atLeast: 0.8 }, epochs)).toEqual({
    metric: "validationAccuracy",
    target: 0.8,
    direction: "at-least",
    epochs: 2,
    reachedNs: 220,
  });
  expect(timeToTarget({ metric: "loss", atMost: 0.5 }, epochs)).toMatchObject({
    direction: "at-most",
    epochs: 3,
    reachedNs: 330,
  });
});

test("a target that is never met has no time", () => {
  const missed = timeToTarget({ metric: "validationAccuracy", atLeast: 0.9 }, epochs);
  expect(missed).toMatchObject({ epochs: 3 });
  expect(missed).not.toHaveProperty("reachedNs");
  expect(timeToTarget({ metric: "accuracy", atLeast: 0.1 }, epochs)).not.toHaveProperty(
    "reachedNs",
  );
});
