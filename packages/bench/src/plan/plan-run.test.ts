// From suite to trials: the matrix, what a caller chooses over it, and what cannot be planned.
import type { DeviceInfo } from "@fastgpu/core";
import { canonicalTrialKey } from "@fastgpu/results";
import { expect, test } from "vitest";
import { parseSuite, loadSuite } from "../suite/load-suite.ts";
import { planRun } from "./plan-run.ts";
import type { PlanOptions } from "./plan.ts";

function device(id: string, kind: "cpu" | "gpu"): DeviceInfo {
  return {
    backend: "some",
    id,
    kind,
    name: id,
    dtypes: ["f32"],
    engine: { name: "e", version: "1" },
  };
}

const devices = [device("cpu", "cpu"), device("gpu:0", "gpu")];

async function keys(suiteText: string, options: PlanOptions = {}): Promise<string[]> {
  const suite = parseSuite(suiteText, "s.json", "/");
  const plan = await planRun(suite, options, () => Promise.resolve(devices));
  return plan.trials.map(({ config }) => canonicalTrialKey(config));
}

const suite = JSON.stringify({
  name: "x",
  seed: 7,
  models: {
    m: {
      layers: [
        { kind: "input", shape: [4] },
        { kind: "dense", units: 2 },
      ],
      loss: "meanSquaredError",
    },
  },
  data: { d: { source: "mnist" } },
  matrix: { backends: ["some"], devices: ["all"], threads: [1, 2] },
  workloads: [
    { name: "a", kind: "train-step", model: "m", batchSizes: [8, 16], stepsPerRun: [1, "auto"] },
    {
      name: "b",
      kind: "train-to-accuracy",
      model: "m",
      data: "d",
      epochs: 5,
      batchSizes: [8],
      matrix: { threads: [1], devices: ["cpu"], repeats: 2 },
      quick: { epochs: 1 },
    },
  ],
});

test("every combination is a trial; threads count on a CPU only; seeds of trainings differ", async () => {
  const all = await keys(suite);
  const cpu = ["1", "2"].flatMap((threads) =>
    ["1", "auto"].flatMap((steps) =>
      ["8", "16"].map(
        (batch) => `a:train-step/some/cpu/f32/b${batch}/t${threads}/stepsPerRun=${steps}/s7/r0`,
      ),
    ),
  );
  const gpu = ["1", "auto"].flatMap((steps) =>
    ["8", "16"].map(
      (batch) => `a:train-step/some/gpu:0/f32/b${batch}/auto/stepsPerRun=${steps}/s7/r0`,
    ),
  );
  const training = [0, 1].map(
    (r) => `b:train-to-accuracy/some/cpu/f32/b8/t1/stepsPerRun=auto/s${7 + r}/r${r}`,
  );
  expect(all).toEqual([...cpu, ...gpu, ...training]);
});

test("a caller's choice replaces the suite's", async () => {
  const options = { devices: ["gpu:0"], workloads: ["a"], seed: 1, precisions: ["f16"] } as const;
  expect(await keys(suite, options)).toEqual([
    "a:train-step/some/gpu:0/f16/b8/auto/stepsPerRun=1/s1/r0",
    "a:train-step/some/gpu:0/f16/b16/auto/stepsPerRun=1/s1/r0",
    "a:train-step/some/gpu:0/f16/b8/auto/stepsPerRun=auto/s1/r0",
    "a:train-step/some/gpu:0/f16/b16/auto/stepsPerRun=auto/s1/r0",
  ]);
});

test("quick plans fewer epochs and shorter sampling", async () => {
  const loaded = parseSuite(suite, "s.json", "/");
  const plan = await planRun(loaded, { isQuick: true }, () => Promise.resolve(devices));
  expect(plan.trials.at(-1)?.epochs).toBe(1);
  expect(plan.trials[0]?.workload.sampling.minIterations).toBe(10);
});

test.each<[string, PlanOptions, string]>([
  [
    "device",
    { devices: ["gpu:1"] },
    'must be one of cpu, gpu:0, default or all for backend some, got "gpu:1"; did you mean "gpu:0"?',
  ],
  ["workload", { workloads: ["c"] }, 'must be one of a, b, got "c"'],
])("an unknown %s is refused by name", async (_, options, message) => {
  await expect(keys(suite, options)).rejects.toThrow(message);
});

test("no device, no model file and a package that is not installed say what to do", async () => {
  const loaded = parseSuite(suite, "s.json", "/");
  await expect(planRun(loaded, {}, () => Promise.resolve([]))).rejects.toThrow(
    "there must be a device it can use, got none; run fastgpu-bench doctor",
  );
  const own = await loadSuite("onnx-model");
  const list = (): Promise<DeviceInfo[]> => Promise.resolve(devices);
  await expect(planRun(own, {}, list)).rejects.toThrow("add --model <file>");
  await expect(planRun(own, { modelPath: "no-such.onnx" }, list)).rejects.toThrow("must exist");
  await expect(planRun(own, { modelPath: "package:no-such-package/a.onnx" }, list)).rejects.toThrow(
    "npm install no-such-package",
  );
});

test("a quick run, another model file and other dimensions are other work", async () => {
  const parsed = parseSuite(suite, "s.json", "/");
  const hashOf = async (options: PlanOptions): Promise<string> =>
    (await planRun(parsed, options, () => Promise.resolve(devices))).suite.hash;
  const hashes = await Promise.all([
    hashOf({}),
    hashOf({ isQuick: true }),
    hashOf({ modelPath: "a.onnx" }),
    hashOf({ modelPath: "b.onnx" }),
    hashOf({ dimensions: { n: 1 } }),
  ]);
  expect(new Set(hashes).size).toBe(5);
  expect(hashes[0]).toBe(parsed.hash);
  // What the key of a trial says is not said twice.
  expect(await hashOf({ threads: [1] })).toBe(parsed.hash);
});
