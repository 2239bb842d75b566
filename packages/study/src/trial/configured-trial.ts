// A configuration of a space -> the trial that bench runs.
import type { NamedConfig } from "@fastgpu/core";
import type { PlannedTrial, TrialRace } from "@fastgpu/bench";
import { optimizerOf, type Configuration, type MeasureRequest } from "@fastgpu/tuner";
import type { Goal } from "../goal/goal.ts";
import { parameterName } from "../space/device-settings.ts";
import type { StudyDevice } from "../space/part.ts";

/** What all trials of a study share. */
export interface TrialTemplate {
  /** The trial of the suite as it stands: its default configuration. */
  readonly base: PlannedTrial;
  readonly devices: readonly [StudyDevice, ...StudyDevice[]];
  readonly goal: Goal;
  /** Rows of the training data; 0 if there are none. */
  readonly trainingRows: number;
}

/** Chance of ending a trial that was not behind. */
const raceError = 0.01;

/**
 * The trial of a request. Of the default configuration it is the suite's own, with every choice left to the engine.
 */
export function configuredTrial(
  { base, devices, goal, trainingRows }: TrialTemplate,
  request: MeasureRequest,
): PlannedTrial {
  const { configuration, isBaseline, fidelity, repeat } = request;
  const epochs = epochsOf(base, fidelity);
  const race = raceOf(goal, request);
  const shared = {
    ...base,
    ...(epochs === undefined ? {} : { epochs }),
    ...(race === undefined ? {} : { race }),
  };
  if (isBaseline) return { ...shared, config: { ...base.config, repeat } };
  const device = deviceOf(configuration, devices);
  const { precision, batchSize, threads, stepsPerRun } = configuration;
  const engine = engineOf(configuration, device);
  const size = typeof batchSize === "number" ? batchSize : base.config.batchSize;
  const steps = Math.ceil(trainingRows / size) * (base.epochs ?? 1);
  const optimizer = optimizerOf(configuration, steps) as NamedConfig | undefined;
  const options = {
    ...base.config.options,
    ...(isSteps(stepsPerRun) ? { stepsPerRun } : {}),
    ...engine,
    ...(optimizer === undefined ? {} : { optimizer: JSON.stringify(optimizer) }),
  };
  return {
    ...shared,
    backend: device.backend,
    device: device.info,
    ...(Object.keys(engine).length === 0 ? {} : { engine }),
    ...(optimizer === undefined ? {} : { optimizer }),
    ...(isSteps(stepsPerRun) ? { stepsPerRun } : {}),
    config: {
      workload: base.config.workload,
      seed: base.config.seed,
      backend: device.info.backend,
      device: device.info.id,
      precision: typeof precision === "string" ? precision : base.config.precision,
      batchSize: size,
      ...threadsOf(base, threads),
      repeat,
      ...(Object.keys(options).length === 0 ? {} : { options }),
    },
  };
}

/** The device that a configuration names; the first one if the study has one only. */
export function deviceOf(
  { device: wanted }: Configuration,
  devices: TrialTemplate["devices"],
): StudyDevice {
  return devices.find(({ name }) => name === wanted) ?? devices[0];
}

/** Settings of the device in a configuration, by the engine's own names. */
export function engineOf(
  configuration: Configuration,
  { info }: StudyDevice,
): Record<string, string | number | boolean> {
  const entries = Object.keys(info.settings ?? {}).flatMap((setting) => {
    const value = configuration[parameterName(setting)];
    return typeof value === "object" || value === undefined ? [] : [[setting, value] as const];
  });
  return Object.fromEntries(entries);
}

function isSteps(value: unknown): value is number | "auto" {
  return typeof value === "number" || value === "auto";
}

function threadsOf(base: PlannedTrial, threads: unknown): { readonly threads?: number } {
  if (typeof threads === "number") return { threads };
  return base.config.threads === undefined ? {} : { threads: base.config.threads };
}

function epochsOf({ epochs }: PlannedTrial, fidelity: number): number | undefined {
  return epochs === undefined ? undefined : Math.max(1, Math.round(epochs * fidelity));
}

/** Limits from the best so far and from the bounds on latency, all as times. */
function raceOf(
  { objectives, bounds }: Goal,
  { mustReach }: MeasureRequest,
): TrialRace | undefined {
  const quantiles: Readonly<Record<string, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };
  const limits: TrialRace["limits"][number][] = bounds.flatMap(({ metric, atMost }) => {
    const quantile = quantiles[metric];
    return quantile === undefined || atMost === undefined
      ? []
      : [{ quantile, aboveNs: atMost * 1e6, per: "iteration" as const }];
  });
  const [{ metric }] = objectives;
  if (mustReach !== undefined) {
    const quantile = quantiles[metric];
    if (quantile !== undefined) {
      limits.push({ quantile, aboveNs: mustReach * 1e6, per: "iteration" });
    }
    // The mean of a latency, which throughput is made of, lies above its median: noise only ever slows down.
    if (metric === "throughput")
      limits.push({ quantile: 0.5, aboveNs: 1e9 / mustReach, per: "sample" });
  }
  const trainingNs =
    metric === "timeToAccuracy" && mustReach !== undefined ? mustReach * 1e9 : undefined;
  if (limits.length === 0 && trainingNs === undefined) return undefined;
  return { limits, error: raceError, ...(trainingNs === undefined ? {} : { trainingNs }) };
}
