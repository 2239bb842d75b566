// Calibrates this machine: limits of speed per device and precision, noise per configuration, the clock.
import { createHash } from "node:crypto";
import { FastGpuError, MeasurementError, type DeviceInfo } from "@fastgpu/core";
import {
  calibrationSchema,
  machineText,
  type Calibration,
  type DeviceCalibration,
  type MetricNoise,
  type SpeedLimit,
} from "@fastgpu/results";
import type { DevicePool } from "@fastgpu/runtime";
import type { Plan, PlannedTrial } from "../plan/plan.ts";
import { checkForeignProcesses } from "../run/check-foreign-processes.ts";
import { checkTrialData } from "../run/check-trial-data.ts";
import { describeEnvironment } from "../run/environment.ts";
import { loadSuiteData } from "../run/suite-data.ts";
import type { TrialSurroundings } from "../run/run-trial.ts";
import type { Clock } from "../jobs/clock.ts";
import type { LimitPrecision } from "./limit-program.ts";
import { measureLimit, type MeasuredLimit } from "./measure-limit.ts";
import { measureNoise } from "./measure-noise.ts";

/** How to calibrate. */
export interface CalibrateOptions {
  readonly pool: Pick<DevicePool, "openDevice">;
  readonly precisions: readonly LimitPrecision[];
  /** Pairs of processes per configuration; 0 = no noise. */
  readonly pairs: number;
  /** Measures although other processes compute on a GPU. */
  readonly isForced?: boolean;
  readonly signal?: AbortSignal;
  /** A line per step. */
  readonly onStep?: (line: string) => void;
}

const kinds: readonly SpeedLimit["kind"][] = ["gemm", "copy"];

/**
 * Calibrates the devices of a plan. Its timed trials are the work whose noise is measured.
 *
 * @throws {MeasurementError} if nothing could be measured, or a process of a pair has no result
 */
export async function calibrate(plan: Plan, options: CalibrateOptions): Promise<Calibration> {
  const { onStep = () => undefined, signal = new AbortController().signal } = options;
  const timed = plan.trials.filter(({ workload }) => workload.kind !== "train-to-accuracy");
  const data = await loadSuiteData(plan.suite, timed);
  checkTrialData(plan.suite, timed, data);
  const tolerated = await checkForeignProcesses(plan.trials, {
    isForced: options.isForced === true,
  });
  const environment = await describeEnvironment(plan.trials.map(({ device }) => device));
  const surroundings: TrialSurroundings = {
    pool: options.pool,
    suite: plan.suite,
    data,
    references: new Map(),
    tolerated,
    onProgress: () => undefined,
    signal,
  };
  const devices: DeviceCalibration[] = [];
  const clocks: Clock[] = [];
  for (const [place, ...others] of byPlace(plan.trials)) {
    if (place === undefined) continue;
    const measured = await limitsOf(place, plan.seed, options, onStep);
    clocks.push(...measured.map(({ clock }) => clock));
    const trials = [place, ...others].filter((trial) => timed.includes(trial));
    const noise = options.pairs === 0 ? [] : await noiseOf(trials, options, surroundings, onStep);
    devices.push(deviceOf(place, measured, noise));
  }
  const [clock] = clocks;
  if (clock === undefined) {
    throw new MeasurementError("calibrate: at least one limit must be measured, got none");
  }
  return {
    schema: calibrationSchema,
    createdAt: new Date().toISOString(),
    seed: plan.seed,
    environment,
    machine: createHash("sha256").update(machineText(environment)).digest("hex"),
    timer: {
      overheadNs: Math.min(...clocks.map(({ overheadNs }) => overheadNs)),
      resolutionNs: Math.min(...clocks.map(({ resolutionNs }) => resolutionNs)),
    },
    devices,
  };
}

/** Trials by backend, device and threads. */
function byPlace(trials: readonly PlannedTrial[]): readonly (readonly PlannedTrial[])[] {
  const groups = new Map<string, PlannedTrial[]>();
  for (const trial of trials) {
    const { backend, device, threads } = trial.config;
    const key = JSON.stringify([backend, device, threads]);
    groups.set(key, [...(groups.get(key) ?? []), trial]);
  }
  return [...groups.values()];
}

async function limitsOf(
  { backend, device, config }: PlannedTrial,
  seed: number,
  { pool, precisions, signal }: CalibrateOptions,
  onStep: (line: string) => void,
): Promise<readonly MeasuredLimit[]> {
  const measured: MeasuredLimit[] = [];
  for (const precision of precisions) {
    for (const kind of kinds) {
      const where = `${placeText(device, config.threads)} ${kind} ${precision}`;
      try {
        const request = { backend, device, kind, precision, seed };
        const one = await measureLimit(pool, {
          ...request,
          ...(config.threads === undefined ? {} : { threads: config.threads }),
          ...(signal === undefined ? {} : { signal }),
        });
        measured.push(one);
        onStep(`${where}: ${formatRate(one.limit)}`);
      } catch (error) {
        // A precision that the device lacks is a fact about it, not a failure of the calibration.
        if (!(error instanceof FastGpuError) || error.code !== "UNSUPPORTED_OP") throw error;
        onStep(`${where}: not measured, ${error.message}`);
      }
    }
  }
  return measured;
}

async function noiseOf(
  trials: readonly PlannedTrial[],
  { pairs }: CalibrateOptions,
  surroundings: TrialSurroundings,
  onStep: (line: string) => void,
): Promise<readonly MetricNoise[]> {
  const noise: MetricNoise[] = [];
  for (const trial of trials) {
    const { workload, batchSize, options = {} } = trial.config;
    const choices = Object.entries(options).map(([name, value]) => ` ${name} ${value}`);
    const where = `${workload.name} ${workload.kind} batch ${batchSize}${choices.join("")}`;
    noise.push(
      ...(await measureNoise(trial, pairs, surroundings, (done) => {
        onStep(`${where}: pair ${done} of ${pairs}`);
      })),
    );
  }
  return noise;
}

function deviceOf(
  { config, device }: PlannedTrial,
  measured: readonly MeasuredLimit[],
  noise: readonly MetricNoise[],
): DeviceCalibration {
  const quanta = measured.flatMap(({ quantumNs }) => quantumNs ?? []);
  return {
    backend: config.backend,
    device: config.device,
    ...(config.threads === undefined ? {} : { threads: config.threads }),
    engine: device.engine,
    limits: measured.map(({ limit }) => limit),
    ...(quanta.length === 0
      ? {}
      : {
          timestamps: {
            quantumNs: Math.min(...quanta),
            source: `kernel times of ${device.engine.name}`,
          },
        }),
    noise,
  };
}

function placeText({ backend, id }: DeviceInfo, threads: number | undefined): string {
  return `${backend}/${id}${threads === undefined ? "" : ` ${threads} threads`}`;
}

function formatRate({ kind, perSecond }: SpeedLimit): string {
  return `${(perSecond / 1e9).toFixed(1)} ${kind === "gemm" ? "GFLOP/s" : "GB/s"}`;
}
