// JSON Schema of calibration version 1; schema/calibration.v1.json is this object as a file.

import {
  atLeastOne,
  count,
  durationNs,
  hash,
  instant,
  list,
  name,
  nonNegative,
  object,
  oneOfValues,
  positive,
  ref,
  share,
} from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";
import { environmentSchemas } from "./record-v2.ts";

/** JSON Schema of `Calibration`; the definitions are named after the types. */
export const calibrationJsonSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:fastgpu:calibration:1",
  title: "FastGPU calibration, version 1",
  $ref: "#/$defs/Calibration",
  $defs: {
    Calibration: object({
      schema: { const: "fastgpu.calibration/1" },
      createdAt: instant,
      seed: count,
      environment: ref("Environment"),
      machine: hash,
      timer: ref("TimerCalibration"),
      devices: list(ref("DeviceCalibration")),
    }),
    ...environmentSchemas,
    TimerCalibration: object({ overheadNs: durationNs, resolutionNs: durationNs }),
    DeviceCalibration: object(
      {
        backend: name,
        device: name,
        engine: object({ name, version: name }),
        limits: list(ref("SpeedLimit")),
        noise: list(ref("MetricNoise")),
      },
      { threads: atLeastOne, timestamps: object({ quantumNs: durationNs, source: name }) },
    ),
    SpeedLimit: object({
      kind: oneOfValues("gemm", "copy"),
      precision: name,
      perSecond: positive,
      medianPerSecond: positive,
      size: atLeastOne,
    }),
    MetricNoise: object({
      workload: name,
      metric: oneOfValues("latency", "throughput", "p95", "tail", "quietTail", "peakMemory"),
      summary: ref("ProcessSummary"),
      pairs: atLeastOne,
      pairDeviation: nonNegative,
      floorRatio: nonNegative,
      candidates: list(ref("SummaryNoise")),
    }),
    ProcessSummary: {
      type: "object",
      required: ["kind"],
      discriminator: { propertyName: "kind" },
      oneOf: [
        object({ kind: { const: "quantile" }, probability: share }),
        object({ kind: { const: "mean" } }),
        object({ kind: { const: "value" } }),
      ],
    },
    SummaryNoise: object({ summary: ref("ProcessSummary"), pairDeviation: nonNegative }),
  },
};
