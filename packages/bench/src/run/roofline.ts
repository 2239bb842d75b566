// The speed limit that a trial is held against: a matrix product large enough to fill the device, measured in a process of
// its own on the same device with the same threads.
import {
  findDevice,
  findLimit,
  type Achieved,
  type Calibration,
  type Outcome,
  type SpeedLimit,
  type TrialRecord,
} from "@fastgpu/results";
import type { PlannedTrial } from "../plan/plan.ts";
import type { InferenceWorkload } from "../trial/inference-program.ts";
import { runTrial, type TrialSurroundings } from "./run-trial.ts";

/** Rows, columns and depth of the product: 2.1 GFLOP on 12 MiB, far above the ratio at which memory counts. */
const size = 1024;

/** Measures limits when they are first asked for and keeps them for the run. */
export class Rooflines {
  private readonly surroundings: TrialSurroundings;
  private readonly calibration: Calibration | undefined;
  private readonly known = new Map<string, number | undefined>();

  /** @param calibration - of this machine; without it a product is measured per device */
  constructor(surroundings: TrialSurroundings, calibration?: Calibration) {
    this.calibration = calibration;
    // The product is no trial of the plan, so nobody waits for its progress.
    this.surroundings = { ...surroundings, onProgress: () => undefined };
  }

  /** Uses the limits of a calibration where it has any for the trial's device and engine. */
  private fromCalibration(
    { config, device }: PlannedTrial,
    kind: SpeedLimit["kind"],
  ): number | undefined {
    const { calibration } = this;
    if (calibration === undefined) return undefined;
    const engines = { [device.engine.name]: device.engine.version };
    const entry = findDevice(calibration, config, engines);
    if (entry === undefined) return undefined;
    return (findLimit(entry, kind, config.precision) ?? findLimit(entry, kind, "f32"))?.perSecond;
  }

  /** The record with its share of the limit, if it has a speed and the device can be measured. */
  async complete(trial: PlannedTrial, record: TrialRecord): Promise<TrialRecord> {
    const { outcome } = record;
    if (outcome.state !== "ok" || outcome.measurements.achieved === undefined) return record;
    const limit = this.fromCalibration(trial, "gemm") ?? (await this.limitOf(trial));
    if (limit === undefined) return record;
    const { measurements } = outcome;
    const copy = this.fromCalibration(trial, "copy");
    const { bytesPerSecond } = outcome.measurements.achieved;
    const achieved: Achieved = {
      ...outcome.measurements.achieved,
      rooflineFlopsPerSecond: limit,
      rooflineShare: outcome.measurements.achieved.flopsPerSecond / limit,
      ...(copy === undefined || bytesPerSecond === undefined
        ? {}
        : { rooflineBytesPerSecond: copy, bandwidthShare: bytesPerSecond / copy }),
    };
    const complete: Outcome = { ...outcome, measurements: { ...measurements, achieved } };
    return { ...record, outcome: complete };
  }

  /** Floating-point operations per second of the product in f32; undefined if it could not be measured. */
  private async limitOf(trial: PlannedTrial): Promise<number | undefined> {
    const { backend, device, threads } = trial.config;
    const key = JSON.stringify([trial.backend, backend, device, threads]);
    if (!this.known.has(key)) this.known.set(key, await this.measure(trial));
    return this.known.get(key);
  }

  private async measure(trial: PlannedTrial): Promise<number | undefined> {
    const { outcome } = await runTrial(productTrial(trial), this.surroundings);
    if (outcome.state !== "ok") return undefined;
    const { achieved, timing } = outcome.measurements;
    if (achieved === undefined || timing === undefined) return undefined;
    // A limit is what was reached at best: others only ever slow a product down.
    return achieved.flopsPerSecond * (timing.latency.p50Ns / timing.latency.minNs);
  }
}

function productTrial(trial: PlannedTrial): PlannedTrial {
  const shape = [size, size];
  const workload: InferenceWorkload = {
    name: `matmul ${size}`,
    kind: "inference",
    op: { name: "matmul", inputs: [{ shape }, { shape }] },
    batchSizes: [1],
    matrix: { ...trial.workload.matrix, precisions: ["f32"] },
    sampling: {
      minIterations: 20,
      minElapsedNs: 300_000_000,
      maxElapsedNs: 2_000_000_000,
      maxWarmupNs: 500_000_000,
      maxWarmupIterations: 100,
      trialTimeoutMs: 30_000,
    },
    quick: {},
    compare: { margins: {}, counterMargin: 0 },
    where: "roofline",
  };
  const { name, kind } = workload;
  const { backend, device } = trial;
  const { threads, seed } = trial.config;
  return {
    backend,
    device,
    workload,
    config: {
      workload: { name, kind },
      backend: trial.config.backend,
      device: device.id,
      precision: "f32",
      batchSize: 1,
      ...(threads === undefined ? {} : { threads }),
      seed,
      repeat: 0,
    },
  };
}
