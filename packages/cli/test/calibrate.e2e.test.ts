// `calibrate` on the real engine, as short as it can be, and `compare` with the file that it wrote.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultCostProbability, gateMetrics } from "@fastgpu/results";
import type { Calibration, Comparison, MetricNoise } from "@fastgpu/results";
import { parseCalibration } from "@fastgpu/results/read";
import { expect, it } from "vitest";
import { expectRefusal, invoke, scratchFolder } from "./launch.ts";

const suite = {
  name: "tiny",
  models: {
    net: {
      layers: [
        { kind: "input", shape: [8] },
        { kind: "dense", units: 2 },
      ],
    },
  },
  matrix: { threads: [1] },
  sampling: { minIterations: 10, minSeconds: 0.01, maxSeconds: 0.1, maxWarmupSeconds: 0.02 },
  workloads: [{ name: "net", kind: "inference", model: "net", batchSizes: [4] }],
};

it("measures limits and noise, and compare takes its margins and its percentile from them", async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, "suite.json"), JSON.stringify(suite));
  const args = [
    "--suite",
    "suite.json",
    "--pairs",
    "2",
    "--precision",
    "f32",
    "--out",
    "mine.json",
  ];
  const calibrated = await invoke(["calibrate", ...args], { cwd: folder });
  expect(calibrated.status, calibrated.stderr).toBe(0);
  expect(calibrated.stderr).toMatch(/gemm f32: [\d.]+ GFLOP\/s\n[^]*copy f32: [\d.]+ GB\/s\n/);
  expect(calibrated.stderr).toContain("pair 2 of 2");
  expect(calibrated.stdout).toContain(join(folder, "mine.json"));
  const calibration: Calibration = parseCalibration(
    readFileSync(join(folder, "mine.json"), "utf8"),
  );
  const [device, ...others] = calibration.devices;
  expect(others).toEqual([]);
  expect(device).toMatchObject({ backend: "onnx", device: "cpu", threads: 1 });
  expect(device?.limits.map(({ kind }) => kind)).toEqual(["gemm", "copy"]);
  for (const { perSecond, medianPerSecond } of device?.limits ?? []) {
    expect(medianPerSecond).toBeGreaterThan(0);
    expect(perSecond).toBeGreaterThanOrEqual(medianPerSecond);
  }

  const run = await invoke(["run", "suite.json", "--json"], { cwd: folder });
  writeFileSync(join(folder, "record.json"), run.stdout);
  const compared = await invoke(
    ["compare", "record.json", "record.json", "--calibration", "mine.json", "--json"],
    { cwd: folder },
  );
  const { settings, benchmarks, notices } = JSON.parse(compared.stdout) as Comparison;
  const floors = new Map<string, MetricNoise>(device?.noise.map((noise) => [noise.metric, noise]));
  const summary = floors.get("latency")?.summary;
  expect(settings).toMatchObject({
    calibration: calibration.createdAt,
    costProbability: summary?.kind === "quantile" ? summary.probability : defaultCostProbability,
  });
  expect(notices.join()).not.toContain("calibration");
  const metrics = benchmarks[0]?.metrics ?? [];
  expect(metrics.map(({ name }) => name)).toContain("latency");
  for (const { name, margin, marginSource } of metrics) {
    const floor = 2 * (floors.get(name)?.floorRatio ?? 0);
    const usual = gateMetrics[name].defaultMargin ?? 0;
    expect({ name, margin, marginSource }).toEqual({
      name,
      margin: Math.max(floor, usual),
      marginSource: floor > usual ? "noise-floor" : "default",
    });
  }
}, 300_000);

it("refuses in one line, and writes nothing", async () => {
  const folder = scratchFolder();
  const refused = await Promise.all(
    [
      ["--pairs", "1"],
      ["--precision", "f64"],
      ["--backend", "onx"],
      ["--suite", "nosuch"],
    ].map((args) => invoke(["calibrate", ...args, "--out", "mine.json"], { cwd: folder })),
  );
  const rules = [
    "--pairs: must be 0 or at least 2, got 1; noise has no size in one pair",
    '--precision: must be one or more of f32, f16, got "f64"',
    /got "onx"; did you mean onnx\?/,
    /suite "nosuch": must be one of/,
  ];
  for (const [index, rule] of rules.entries()) expectRefusal(refused[index]!, rule);
  expect(existsSync(join(folder, "mine.json"))).toBe(false);
}, 60_000);
