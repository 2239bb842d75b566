// What a machine can do and how well it can be measured: limits of speed, noise between identical processes, the clock.
// `fastgpu-bench calibrate` writes it; runs state their share of its limits, and `compare` takes its margins from it.

import type { Environment } from "../record.ts";

/** Name and version of this format; the `schema` field of every calibration. */
export const calibrationSchema = "fastgpu.calibration/1" as const;

/** One calibration of one machine. */
export interface Calibration {
  readonly schema: typeof calibrationSchema;
  /** ISO 8601 instant in UTC. */
  readonly createdAt: string;
  readonly seed: number;
  /** The machine with the engines of all calibrated backends. */
  readonly environment: Environment;
  /** Lower-case hex hash of `machineText(environment)`; a calibration holds for machines with the same. */
  readonly machine: string;
  readonly timer: TimerCalibration;
  /** One per backend, device and number of threads. */
  readonly devices: readonly DeviceCalibration[];
}

/** The clock that samples are taken with. */
export interface TimerCalibration {
  /** Cost of one reading, ns. */
  readonly overheadNs: number;
  /** Smallest step that two readings were seen to differ by, ns. */
  readonly resolutionNs: number;
}

/** One device under one backend. */
export interface DeviceCalibration {
  readonly backend: string;
  /** Device id, as in `cpu`. */
  readonly device: string;
  /** Engine threads; absent = the engine's own choice. */
  readonly threads?: number;
  readonly engine: { readonly name: string; readonly version: string };
  /** Measured limits, one per kind and precision. */
  readonly limits: readonly SpeedLimit[];
  /** Steps of the device's own timestamps, where it has any. */
  readonly timestamps?: { readonly quantumNs: number; readonly source: string };
  /** Noise between identical processes; empty when it was not measured. */
  readonly noise: readonly MetricNoise[];
}

/** The best rate that was seen. */
export interface SpeedLimit {
  /** `gemm`: a large matrix product. `copy`: a read and a write of a large tensor. */
  readonly kind: "gemm" | "copy";
  readonly precision: string;
  /** FLOP/s for `gemm`, bytes/s for `copy`; from the fastest iteration, since others only ever slow a device down. */
  readonly perSecond: number;
  /** The same from the median iteration. */
  readonly medianPerSecond: number;
  /** Rows and columns of the square matrices, or elements that were copied. */
  readonly size: number;
}

/** Metrics whose noise is known; the names of `compare`'s margins. */
export type NoiseMetric = "latency" | "throughput" | "p95" | "tail" | "quietTail" | "peakMemory";

/** Which number stands for all samples of a process. */
export type ProcessSummary =
  | { readonly kind: "quantile"; readonly probability: number }
  | { readonly kind: "mean" }
  /** A metric that has one value per process, such as peak memory. */
  | { readonly kind: "value" };

/** How much a metric differs between identical processes (A/A pairs). d = ln(second / first) of a pair. */
export interface MetricNoise {
  /** Key of the configuration that was measured, as `configurationKey` writes it. */
  readonly workload: string;
  readonly metric: NoiseMetric;
  /** The number per process with the least noise that still means the metric. */
  readonly summary: ProcessSummary;
  /** Pairs of fresh processes, run back to back, order ABBA. */
  readonly pairs: number;
  /** Standard deviation of d: what one round of a comparison is off by. */
  readonly pairDeviation: number;
  /**
   * What identical code shows in a comparison of 10 rounds: pairDeviation / sqrt(10), or |mean of d| where that is
   * larger. `compare` takes twice this as its least margin.
   */
  readonly floorRatio: number;
  /** All summaries that were tried, the least noisy first. */
  readonly candidates: readonly SummaryNoise[];
}

/** Noise of one way to summarise a process. */
export interface SummaryNoise {
  readonly summary: ProcessSummary;
  readonly pairDeviation: number;
}
