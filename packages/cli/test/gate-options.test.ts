// What a calibration changes about a comparison, and which ones are refused.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultCostProbability, type Calibration, type Environment } from "@fastgpu/results";
import { expect, it } from "vitest";
import type { Context } from "../src/context.ts";
import { collectMargin, openGate } from "../src/gate-options.ts";
import { scratchFolder } from "./launch.ts";

const environment: Environment = {
  os: { platform: "linux", release: "1", arch: "x64" },
  cpu: { model: "test machine", cores: 2 },
  memoryBytes: 1,
  node: "22.0.0",
  fastgpu: "0.1.0",
  engines: { engine: "1" },
  gpus: [],
  fingerprint: "aaaaaaaa",
};

const config = {
  workload: { name: "net", kind: "inference" },
  backend: "onnx",
  device: "cpu",
  precision: "f32",
  batchSize: 8,
  threads: 1,
  seed: 0,
  repeat: 0,
} as const;

function calibration(cpuModel: string): Calibration {
  const summary = { kind: "quantile", probability: 0.01 } as const;
  return {
    schema: "fastgpu.calibration/1",
    createdAt: "2026-01-02T03:04:05.678Z",
    seed: 0,
    environment: { ...environment, cpu: { ...environment.cpu, model: cpuModel } },
    machine: "bbbbbbbb",
    timer: { overheadNs: 20, resolutionNs: 1 },
    devices: [
      {
        backend: "onnx",
        device: "cpu",
        threads: 1,
        engine: { name: "engine", version: "1" },
        limits: [],
        noise: (["latency", "p95"] as const).map((metric) => ({
          workload: "another",
          metric,
          summary,
          pairs: 20,
          pairDeviation: 0.06,
          floorRatio: metric === "latency" ? 0.02 : 0.07,
          candidates: [{ summary, pairDeviation: 0.06 }],
        })),
      },
    ],
  };
}

const contextOf = (workingFolder: string): Context => ({ workingFolder }) as Context;

it("without a calibration the defaults hold", async () => {
  const gate = await openGate({}, environment, [config], contextOf(scratchFolder()));
  expect(gate.settings).toMatchObject({
    costProbability: defaultCostProbability,
    counters: "gate",
  });
  expect(gate.noiseFloors(config)).toEqual({});
});

it("the calibration of this machine gives percentile and noise floors, found in its usual place too", async () => {
  const folder = scratchFolder();
  const text = JSON.stringify(calibration("test machine"));
  writeFileSync(join(folder, "mine.json"), text);
  mkdirSync(join(folder, "fastgpu-results"));
  writeFileSync(join(folder, "fastgpu-results", "calibration.json"), text);
  for (const options of [{ calibration: "mine.json" }, {}]) {
    const gate = await openGate(options, environment, [config], contextOf(folder));
    expect(gate.settings.costProbability).toBe(0.01);
    expect(gate.noiseFloors(config)).toEqual({ latency: 0.02, p95: 0.07 });
    expect(gate.noiseFloors({ ...config, threads: 2 })).toEqual({});
  }
});

it("that of another machine is refused when it was named, and left aside with a notice when not", async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, "fastgpu-results"));
  const path = join(folder, "fastgpu-results", "calibration.json");
  writeFileSync(path, JSON.stringify(calibration("elsewhere")));
  const gate = await openGate({}, environment, [config], contextOf(folder));
  expect(gate.notices[0]).toMatch(/must be of this machine, got .* of elsewhere; not used/);
  const named = openGate({ calibration: path }, environment, [config], contextOf(folder));
  await expect(named).rejects.toThrow(/--calibration: must be of this machine/);
  writeFileSync(path, "{");
  await expect(openGate({}, environment, [config], contextOf(folder))).rejects.toThrow(
    /whole JSON/,
  );
});

it("margins of the command line", () => {
  expect(collectMargin("p95=15%", collectMargin("latency=0.05"))).toEqual({
    latency: 0.05,
    p95: 0.15,
  });
  expect(collectMargin("peakMemory=off")).toEqual({ peakMemory: false });
  for (const bad of ["p95", "p95=", "p95=%", "p95=-1%", "=1%", "p95=NaN"]) {
    expect(() => collectMargin(bad)).toThrow(/--margin: must be/);
  }
});
