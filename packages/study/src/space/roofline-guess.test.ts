// The guess as numbers: what it says of configurations must follow from operations, bytes and rates, and be a formula of the
// space.
import { availableParallelism } from "node:os";
import { parseSuite, type PlannedTrial } from "@fastgpu/bench";
import type { Calibration } from "@fastgpu/results";
import { Search, Space, type Configuration, type SpaceDeclaration } from "@fastgpu/tuner";
import { expect, test } from "vitest";
import type { StudyDevice } from "./part.ts";
import { rooflineGuess, type RooflineRequest } from "./roofline-guess.ts";

const suite = parseSuite(
  JSON.stringify({
    name: "s",
    models: {
      wide: {
        layers: [
          { kind: "input", shape: [1000] },
          { kind: "dense", units: 2000 },
        ],
      },
    },
    workloads: [{ name: "w", kind: "inference", model: "wide", batchSizes: [4] }],
  }),
  "s.json",
  "/",
);

function device(kind: "cpu" | "gpu", id: string): StudyDevice {
  const engine = { name: "e", version: "1" };
  return {
    name: `b/${id}`,
    backend: "b",
    info: { backend: "b", id, kind, name: id, dtypes: ["f32"], engine },
  };
}

const cpu = device("cpu", "cpu");

function request(parts: Partial<RooflineRequest> = {}): RooflineRequest {
  return {
    suite,
    base: {
      workload: suite.workloads[0]!,
      config: { precision: "f32", batchSize: 4 },
    } as PlannedTrial,
    devices: [cpu],
    space: { parameters: { batchSize: { kind: "ordinal", values: [1, 4, 256] } } },
    goal: { objectives: [{ metric: "throughput", direction: "maximize" }], bounds: [] },
    ...parts,
  };
}

/** What the guess says, through the parser of the search itself: the order in which it would try. */
function order(text: string, space: SpaceDeclaration): readonly Configuration[] {
  const problem = {
    space: new Space(space),
    objectives: [{ metric: "ms", direction: "minimize" }] as const,
  };
  const search = new Search({ problem, strategy: "gp", seed: 1, prior: { guess: text } });
  return search.ask().map(({ configuration }) => configuration);
}

test("a product is bound by its weights at batch 1 and by its operations at a large one", () => {
  const text = rooflineGuess(request())!;
  // 1,000 x 2,000 multiply-adds and 2,000 additions a row; 8 MB of weights and 8 kB of bias once.
  expect(text).toContain(`4002000 * batchSize / (${5e10 * availableParallelism()})`);
  expect(text).toMatch(/^\(max\(.*, \(80\d{5} \+ \d+ \* batchSize\).*\) \/ batchSize$/);
  expect(order(text, request().space)).toEqual([{ batchSize: 256 }]);
});

test("a calibrated rate is the one that counts", () => {
  const limits = [{ kind: "gemm", precision: "f32", perSecond: 1.5e12 }];
  const entry = { backend: "b", device: "cpu", engine: cpu.info.engine, limits, noise: [] };
  const calibration = { devices: [entry] } as unknown as Calibration;
  expect(rooflineGuess(request({ calibration }))).toContain("/ (1500000000000)");
});

test("devices, threads and precision enter where they are searched", () => {
  const space: SpaceDeclaration = {
    parameters: {
      device: { kind: "categorical", values: ["b/cpu", "b/gpu"] },
      threads: { kind: "ordinal", values: [1, 2], when: { device: "b/cpu" } },
      precision: { kind: "categorical", values: ["f32", "int8"] },
      batchSize: { kind: "ordinal", values: [64] },
    },
  };
  const devices = [cpu, device("gpu", "gpu")];
  const text = rooflineGuess(request({ space, devices }))!;
  expect(text).toContain('device == "b/cpu" ? 50000000000 * threads : 10000000000000');
  expect(text).toContain('precision == "int8" ? 0.25');
  expect(order(text, space)[0]).toMatchObject({ device: "b/gpu" });
});

test("nothing is guessed of memory, of model files, or without a parameter that counts", () => {
  const memory = { objectives: [{ metric: "memory", direction: "minimize" }], bounds: [] } as const;
  expect(rooflineGuess(request({ goal: memory }))).toBeUndefined();
  const space: SpaceDeclaration = {
    parameters: { level: { kind: "categorical", values: ["a", "b"] } },
  };
  expect(rooflineGuess(request({ space }))).toBeUndefined();
  const workload = { ...suite.workloads[0]!, kind: "model", file: "m.onnx" };
  const base = { ...request().base, workload } as unknown as PlannedTrial;
  expect(rooflineGuess(request({ base }))).toBeUndefined();
});
