// Trial keys: one key per configuration, whatever users call their things.

import fc from "fast-check";
import { expect, test } from "vitest";
import { config } from "../test/fixtures.ts";
import { canonicalTrialKey, configurationKey, isFinished } from "./trial.ts";
import type { TrialConfig } from "./trial.ts";

const configs: fc.Arbitrary<TrialConfig> = fc.record(
  {
    workload: fc.record({
      name: fc.string(),
      kind: fc.constantFrom("inference" as const, "train-step" as const),
    }),
    backend: fc.string(),
    device: fc.string(),
    precision: fc.constantFrom("f32", "f16", "f32/b1"),
    batchSize: fc.integer({ min: 1, max: 3 }),
    threads: fc.integer({ min: 1, max: 3 }),
    seed: fc.integer({ min: 0, max: 3 }),
    repeat: fc.integer({ min: 0, max: 3 }),
    options: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())),
  },
  { requiredKeys: ["workload", "backend", "device", "precision", "batchSize", "seed", "repeat"] },
);

test("the key reads as written in its documentation", () => {
  const trial = config({
    workload: { name: "digits", kind: "train-step" },
    device: "cuda:0",
    options: { stepsPerRun: 8, engine: "a/b" },
  });
  expect(canonicalTrialKey(trial)).toBe(
    "digits:train-step/onnx/cuda:0/f32/b128/t1/engine=a%2Fb/stepsPerRun=8/s42/r0",
  );
  expect(configurationKey(config())).toBe("digits:inference/onnx/cpu/f32/b128/t1");
});

test("equal configurations have equal keys, in any order of options", () => {
  const one = config({ options: { a: 1, b: 2 } });
  const other = config({ options: { b: 2, a: 1 } });
  expect(canonicalTrialKey(one)).toBe(canonicalTrialKey(other));
});

test("different configurations have different keys", () => {
  fc.assert(
    fc.property(configs, configs, (a, b) => {
      const isSame = canonicalTrialKey(a) === canonicalTrialKey(b);
      expect(isSame).toBe(describe(a) === describe(b));
    }),
    { numRuns: 2000 },
  );
});

test("only a cancelled trial is done again", () => {
  const base = { id: "x", config: config(), durationNs: 1, startedAt: "2026-01-01T00:00:00Z" };
  expect(isFinished({ ...base, outcome: { state: "cancelled", message: "" } })).toBe(false);
  expect(isFinished({ ...base, outcome: { state: "failed", message: "" } })).toBe(true);
});

/** Another way to say whether two configurations are the same: sorted JSON, options as text. */
function describe(trial: TrialConfig): string {
  const options = Object.entries(trial.options ?? {}).map(([key, value]) => [key, String(value)]);
  return JSON.stringify([
    [trial.workload.name, trial.workload.kind, trial.backend, trial.device, trial.precision],
    [trial.batchSize, trial.threads ?? null, trial.seed, trial.repeat],
    options.sort(([a], [b]) => (a! < b! ? -1 : 1)),
  ]);
}
