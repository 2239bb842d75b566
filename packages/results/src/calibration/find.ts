// Looking things up in a calibration.

import { fingerprintText } from "../record.ts";
import type { Environment } from "../record.ts";
import type { TrialConfig } from "../trial.ts";
import type {
  Calibration,
  DeviceCalibration,
  MetricNoise,
  NoiseMetric,
  SpeedLimit,
} from "./calibration.ts";

/** Where a trial runs. */
export type Place = Pick<TrialConfig, "backend" | "device" | "threads">;

/**
 * The text that `Calibration.machine` is the hash of: the fingerprint's facts but for the engines, which differ from run
 * to run with the backends in use. Each device of a calibration names its own engine instead.
 */
export function machineText(environment: Omit<Environment, "fingerprint">): string {
  return fingerprintText({ ...environment, engines: {} });
}

/** The entry of a device with the same threads and the same version of the engine; undefined if there is none. */
export function findDevice(
  calibration: Calibration,
  place: Place,
  engines: Readonly<Record<string, string>>,
): DeviceCalibration | undefined {
  return calibration.devices.find(
    ({ backend, device, threads, engine }) =>
      backend === place.backend &&
      device === place.device &&
      threads === place.threads &&
      engines[engine.name] === engine.version,
  );
}

/** The limit of a kind, in the precision asked for. */
export function findLimit(
  { limits }: DeviceCalibration,
  kind: SpeedLimit["kind"],
  precision: string,
): SpeedLimit | undefined {
  return limits.find((limit) => limit.kind === kind && limit.precision === precision);
}

/**
 * Noise of a metric: that of the same configuration if it was measured, else the largest of the others, because a
 * margin that is too wide raises no false alarm.
 *
 * @param workload - as `configurationKey` writes it
 */
export function findNoise(
  { noise }: DeviceCalibration,
  metric: NoiseMetric,
  workload: string,
): MetricNoise | undefined {
  const known = noise.filter((entry) => entry.metric === metric);
  return (
    known.find((entry) => entry.workload === workload) ??
    known.toSorted((a, b) => b.floorRatio - a.floorRatio)[0]
  );
}
