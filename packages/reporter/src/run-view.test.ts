// Times of iterations that hold several training steps are shown per step, so that rows compare.
import { expect, it } from "vitest";
import { makeConfig, makeTiming } from "../test/fixture-record.ts";
import { describeConfig, perBatch } from "./run-view.ts";

it("divides the time of an iteration by the batches in it", () => {
  const config = makeConfig("digits", "train-step", { options: { stepsPerRun: 10 } });
  const timing = makeTiming(1e6, 30, 10 * config.batchSize, 1);
  expect(perBatch(timing, config, "p50Ns")).toBeCloseTo(timing.latency.p50Ns / 10, 6);
  const one = makeTiming(1e6, 30, config.batchSize, 1);
  expect(perBatch(one, config, "p50Ns")).toBe(one.latency.p50Ns);
  // A model file's batch is not known; its iteration is what counts.
  expect(perBatch({ ...one, samplesPerIteration: 1 }, config, "p50Ns")).toBe(one.latency.p50Ns);
});

it("says options in words", () => {
  const config = makeConfig("digits", "train-step", { options: { stepsPerRun: 10 } });
  expect(describeConfig(config)).toContain("steps per run 10");
});
