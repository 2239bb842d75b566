// The measuring loop on a program that only counts: no engine, no wall-clock assertion.
import type { JobContext } from "@fastgpu/runtime";
import { expect, test } from "vitest";
import { firstRun } from "./first-run.ts";
import { sample, type SampleArgument, type SampleProgress } from "./sample.ts";
import { keepModel, type Runnable } from "./target.ts";
import { timeIterations, workOf } from "./time-iterations.ts";

const counters = {
  dispatches: 0,
  pipelinesCompiled: 1,
  bytesUp: 0,
  bytesDown: 0,
  liveBytes: 0,
  peakBytes: 0,
  liveTensors: 0,
};

function counting(): {
  context: JobContext<SampleProgress>;
  seen: unknown[];
  events: SampleProgress[];
} {
  const seen: unknown[] = [];
  const events: SampleProgress[] = [];
  const model: Runnable = {
    run: (inputs, fetch) => {
      seen.push({ inputs, fetch });
      return Promise.resolve({});
    },
    sync: () => Promise.resolve(),
  };
  const context = {
    device: { counters: () => ({ ...counters, dispatches: seen.length }) },
    resources: new Map(),
    memory: () => ({ rssBytes: 1, peakRssBytes: 2 }),
    breathe: () => Promise.resolve(),
    emit: (event: SampleProgress) => events.push(event),
  } as unknown as JobContext<SampleProgress>;
  keepModel(context, model);
  return { context, seen, events };
}

const argument: SampleArgument = {
  target: { kind: "model-file" },
  inputs: [{}, {}, {}],
  fetch: ["loss"],
  warmup: { windows: 3, maxRatio: 1.05, maxIterations: 40, maxElapsedNs: 1e9 },
  sampling: { minIterations: 70, minElapsedNs: 1000, maxElapsedNs: 1e9 },
};

test("warm-up and samples are kept apart and every run is accounted for", async () => {
  const { context, seen, events } = counting();
  const result = await sample(context, argument);
  const counted = result.latencyNs.length * result.iterationsPerSample;
  expect(result.warmup.iterations + counted).toBe(seen.length);
  expect(result.warmup.latencyNs).toHaveLength(result.warmup.iterations);
  expect(result.warmup.windows.reduce((sum, { iterations }) => sum + iterations, 0)).toBe(
    result.warmup.iterations,
  );
  expect(result.latencyNs.length).toBeGreaterThanOrEqual(70);
  expect(result.stopReason).toBe("enough");
  expect(result.countersAfter.dispatches - result.countersBefore.dispatches).toBe(counted);
  // A program that does nothing is far too short for the clock.
  expect(result.iterationsPerSample).toBeGreaterThan(1);
  expect(Array.from(result.latencyNs).every((ns) => Number.isInteger(ns) && ns >= 0)).toBe(true);
  expect(events.at(-1)).toMatchObject({ phase: "sampling", share: 1 });
});

test("inputs are used in turn", async () => {
  const { context, seen } = counting();
  const inputs = ["a", "b"].map((dtype) => ({
    x: { dtype },
  })) as unknown as SampleArgument["inputs"];
  await sample(context, { ...argument, inputs });
  const used = seen.slice(0, 4).map((run) => (run as { inputs: unknown }).inputs);
  expect(used).toEqual([inputs[0], inputs[1], inputs[0], inputs[1]]);
  expect(seen[0]).toMatchObject({ fetch: ["loss"] });
});

test("a program that fails fails the measurement with its own error", async () => {
  const failing: Runnable = {
    run: () => Promise.reject(new TypeError("engine: no")),
    sync: () => Promise.resolve(),
  };
  const work = workOf(failing, [{}], []);
  await expect(timeIterations(work, { minSamples: 1, minElapsedNs: 0 })).rejects.toThrow(TypeError);
});

test("without inputs, and without an open model file, nothing is measured", async () => {
  const { context } = counting();
  await expect(sample(context, { ...argument, inputs: [] })).rejects.toThrow("must be inputs");
  const empty = { ...context, resources: new Map() } as unknown as JobContext<never>;
  const target = { kind: "model-file" } as const;
  await expect(firstRun(empty, { target, inputs: {} })).rejects.toThrow("must be open");
});
