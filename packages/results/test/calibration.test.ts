// Calibrations: the published schema, reading, refusals, and looking things up.

import * as prettier from "prettier";
import { expect, test } from "vitest";
import {
  calibrationJsonSchema,
  findDevice,
  findLimit,
  findNoise,
  machineText,
  RecordError,
} from "../src/index.ts";
import type { Calibration, MetricNoise } from "../src/index.ts";
import { parseCalibration } from "../src/read.ts";
import { record } from "./fixtures.ts";

function noise(workload: string, floorRatio: number): MetricNoise {
  const summary = { kind: "quantile", probability: 0.05 } as const;
  const candidates = [
    { summary, pairDeviation: 0.02 },
    { summary: { kind: "mean" }, pairDeviation: 0.06 },
  ] as const;
  return {
    workload,
    metric: "latency",
    summary,
    pairs: 20,
    pairDeviation: 0.02,
    floorRatio,
    candidates,
  };
}

const calibration: Calibration = {
  schema: "fastgpu.calibration/1",
  createdAt: "2026-01-02T03:04:05Z",
  seed: 1,
  environment: record().environment,
  machine: "0123456789abcdef",
  timer: { overheadNs: 40, resolutionNs: 20 },
  devices: [
    {
      backend: "onnx",
      device: "cpu",
      threads: 1,
      engine: { name: "onnxruntime-node", version: "1.30.0" },
      limits: [
        { kind: "gemm", precision: "f32", perSecond: 6e10, medianPerSecond: 5e10, size: 1024 },
        { kind: "copy", precision: "f32", perSecond: 1e10, medianPerSecond: 9e9, size: 1 << 24 },
      ],
      timestamps: { quantumNs: 65_536, source: "timestamp-query" },
      noise: [noise("a", 0.004), noise("b", 0.006)],
    },
  ],
};

function refusal(text: string): RecordError {
  try {
    parseCalibration(text, "c.json");
  } catch (error) {
    if (error instanceof RecordError) return error;
    throw error;
  }
  throw new Error("the text was accepted");
}

test("schema/calibration.v1.json is the schema in the source", async () => {
  const json = await prettier.format(JSON.stringify(calibrationJsonSchema), {
    parser: "json",
    printWidth: 100,
  });
  // Written anew by `npx vitest run packages/results -u`.
  await expect(json).toMatchFileSnapshot("../schema/calibration.v1.json");
});

test("a calibration survives writing and reading", () => {
  expect(parseCalibration(JSON.stringify(calibration))).toEqual(calibration);
});

test("another format, a cut text and a broken rule are refused by name", () => {
  const text = JSON.stringify(calibration);
  expect(refusal(text.replace("calibration/1", "calibration/9"))).toMatchObject({
    code: "RECORD_VERSION",
    message:
      "c.json: schema must be fastgpu.calibration/1, got fastgpu.calibration/9; run fastgpu-bench calibrate again",
  });
  expect(refusal("[]").message).toContain("got no schema name");
  expect(refusal(text.slice(0, 200)).message).toContain("text must be whole JSON");
  expect(refusal(text.replace('"pairs":20', '"pairs":0')).message).toBe(
    "c.json: /devices/0/noise/0/pairs must be >= 1",
  );
});

test("a device is found by place and engine, its noise by workload or else the largest", () => {
  const place = { backend: "onnx", device: "cpu", threads: 1 };
  const device = findDevice(calibration, place, { "onnxruntime-node": "1.30.0" })!;
  expect(device).toBe(calibration.devices[0]);
  expect(findDevice(calibration, place, { "onnxruntime-node": "1.31.0" })).toBeUndefined();
  const { backend } = place;
  expect(
    findDevice(calibration, { backend, device: "cpu" }, { "onnxruntime-node": "1.30.0" }),
  ).toBeUndefined();
  expect(findLimit(device, "copy", "f32")?.perSecond).toBe(1e10);
  expect(findLimit(device, "gemm", "f16")).toBeUndefined();
  expect(findNoise(device, "latency", "a")?.floorRatio).toBe(0.004);
  expect(findNoise(device, "latency", "other")?.floorRatio).toBe(0.006);
  expect(findNoise(device, "p95", "a")).toBeUndefined();
});

test("engines do not make another machine, hardware does", () => {
  const { environment } = calibration;
  const text = machineText(environment);
  expect(machineText({ ...environment, engines: { other: "2" } })).toBe(text);
  expect(machineText({ ...environment, memoryBytes: 1 })).not.toBe(text);
});
