// The options of `compare` that say how it decides, and the calibration of the machine that it reads.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { UsageError } from "@fastgpu/core";
import {
  configurationKey,
  defaultCostProbability,
  defaultLooks,
  findDevice,
  findNoise,
  gateMetricNames,
  machineText,
  type BenchmarkEvidence,
  type Calibration,
  type ComparisonSettings,
  type Environment,
  type Margins,
  type TrialConfig,
} from "@fastgpu/results";
import { parseCalibration } from "@fastgpu/results/read";
import type { Context } from "./context.ts";
import { didYouMean } from "./suggest.ts";

/** What `--counters` can be. */
export const counterModes: readonly ComparisonSettings["counters"][] = ["gate", "report", "only"];

/**
 * Checks `--counters`.
 *
 * @throws {UsageError} for anything else
 */
export function parseCounterMode(given: string): ComparisonSettings["counters"] {
  const mode = counterModes.find((one) => one === given);
  if (mode !== undefined) return mode;
  throw new UsageError(
    `--counters: must be one of ${counterModes.join(", ")}, got "${given}"${didYouMean(given, counterModes)}`,
  );
}

/**
 * Collects `--margin name=2.5%`.
 *
 * @throws {UsageError} unless it is a gated metric, `=` and a share of at least 0, or `off`
 */
export function collectMargin(given: string, earlier: Margins = {}): Margins {
  const cut = given.indexOf("=");
  const name = gateMetricNames.find((one) => one === given.slice(0, cut));
  if (name === undefined) {
    throw new UsageError(
      `--margin: must be <metric>=<share> with a metric of ${gateMetricNames.join(", ")}, got "${given}"${didYouMean(given.slice(0, Math.max(0, cut)), gateMetricNames)}`,
    );
  }
  const text = given.slice(cut + 1).trim();
  if (text === "off") return { ...earlier, [name]: false };
  const share = text.endsWith("%") ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (text === "" || text === "%" || !(share >= 0 && share <= 10)) {
    throw new UsageError(`--margin: must be a share such as 2.5% or 0.025, or off, got "${given}"`);
  }
  return { ...earlier, [name]: share };
}

/** How this comparison decides. */
export interface Gate {
  readonly settings: ComparisonSettings;
  readonly noiseFloors: (config: TrialConfig) => BenchmarkEvidence["noiseFloors"];
  /** What the reader must know of the calibration. */
  readonly notices: readonly string[];
}

/**
 * Settings from the options, and from a calibration where there is one.
 *
 * @throws {UsageError} if the calibration is of another machine
 * @throws {RecordError} if it is damaged or of another version
 */
export async function openGate(
  options: { readonly counters?: ComparisonSettings["counters"]; readonly calibration?: string },
  environment: Environment,
  configs: readonly TrialConfig[],
  { workingFolder }: Context,
): Promise<Gate> {
  const settings: ComparisonSettings = {
    looks: defaultLooks,
    familyError: 0.05,
    counters: options.counters ?? "gate",
    costProbability: defaultCostProbability,
  };
  const none: Gate = { settings, noiseFloors: () => ({}), notices: [] };
  const given = options.calibration;
  const calibration = await readCalibration(given, workingFolder);
  if (calibration === undefined) return none;
  if (machineText(calibration.environment) !== machineText(environment)) {
    const rule = `must be of this machine, got ${given ?? calibrationFile} of ${calibration.environment.cpu.model}`;
    if (given === undefined) return { ...none, notices: [`calibration: ${rule}; not used`] };
    throw new UsageError(`--calibration: ${rule}; run fastgpu-bench calibrate here`);
  }
  const cost = configs
    .map((config) => noiseOf(calibration, environment, config, "latency")?.summary)
    .find((summary) => summary?.kind === "quantile");
  return {
    settings: {
      ...settings,
      ...(cost?.kind === "quantile" ? { costProbability: cost.probability } : {}),
      calibration: calibration.createdAt,
    },
    noiseFloors: (config) => floorsOf(calibration, environment, config),
    notices: [],
  };
}

/** Where `calibrate` writes when it is not told otherwise. */
const calibrationFile = "fastgpu-results/calibration.json";

/** The file given, or the one that `calibrate` wrote here; undefined when there is none. */
async function readCalibration(
  given: string | undefined,
  workingFolder: string,
): Promise<Calibration | undefined> {
  const path = resolve(workingFolder, given ?? calibrationFile);
  try {
    return parseCalibration(await readFile(path, "utf8"), given ?? calibrationFile);
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (given === undefined && isAbsent) return undefined;
    throw error;
  }
}

type NoiseMetric = Parameters<typeof findNoise>[1];

function noiseOf(
  calibration: Calibration,
  environment: Environment,
  config: TrialConfig,
  metric: NoiseMetric,
): ReturnType<typeof findNoise> {
  const device = findDevice(calibration, config, environment.engines);
  return device === undefined ? undefined : findNoise(device, metric, configurationKey(config));
}

function floorsOf(
  calibration: Calibration,
  environment: Environment,
  config: TrialConfig,
): BenchmarkEvidence["noiseFloors"] {
  const metrics: readonly NoiseMetric[] = [
    "latency",
    "throughput",
    "p95",
    "tail",
    "quietTail",
    "peakMemory",
  ];
  const floors = metrics.flatMap((metric) => {
    const noise = noiseOf(calibration, environment, config, metric);
    return noise === undefined ? [] : [[metric, noise.floorRatio] as const];
  });
  return Object.fromEntries(floors);
}
