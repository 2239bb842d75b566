// A side in this process: plans a suite and runs its trials one at a time, each in a fresh backend process.
import { createHash } from "node:crypto";
import { dirname, sep } from "node:path";
import { UsageError } from "@fastgpu/core";
import { configurationKey } from "@fastgpu/results";
import type { DevicePool } from "@fastgpu/runtime";
import type { Plan, PlannedTrial } from "../plan/plan.ts";
import { checkForeignProcesses } from "../run/check-foreign-processes.ts";
import { checkModelFiles } from "../run/check-model-files.ts";
import { checkTrialData } from "../run/check-trial-data.ts";
import { describeEnvironment } from "../run/environment.ts";
import { runTrial, type TrialSurroundings } from "../run/run-trial.ts";
import { loadSuiteData } from "../run/suite-data.ts";
import type { Suite } from "../suite/suite.ts";
import type { Side, SideBenchmark, SideDescription } from "./side.ts";

/** What a local side needs. */
export interface LocalSideOptions {
  /** Opens the device of each trial; stays open, so the caller closes it. */
  readonly pool: Pick<DevicePool, "openDevice">;
  /** Aborting ends the trial in progress at once. */
  readonly signal: AbortSignal;
}

/**
 * Opens a side for a plan with one repeat per configuration.
 *
 * @throws {DataError} if a data set or model file cannot be read
 * @throws {SuiteError} if a data set does not suit its model
 */
export async function openLocalSide(plan: Plan, { pool, signal }: LocalSideOptions): Promise<Side> {
  const { suite, trials } = plan;
  const data = await loadSuiteData(suite, trials);
  checkTrialData(suite, trials, data);
  await checkModelFiles(trials, pool, signal);
  const surroundings: TrialSurroundings = {
    pool,
    suite,
    data,
    references: new Map(),
    tolerated: await checkForeignProcesses(trials, {}),
    onProgress: () => undefined,
    signal,
  };
  const byKey = new Map(trials.map((trial) => [configurationKey(trial.config), trial]));
  const environment = await describeEnvironment(trials.map(({ device }) => device));
  const description: SideDescription = {
    fastgpu: environment.fastgpu,
    suite: suite.name,
    environment,
    benchmarks: [...byKey].map(([key, trial]) => benchmarkOf(key, trial, suite)),
  };
  return {
    description,
    run: (key, round) => runTrial(inRound(byKey.get(key), key, round), surroundings),
    close: () => Promise.resolve(),
  };
}

/** The trial of a round. Rounds of a training differ in what is random about them, on both sides alike. */
function inRound(trial: PlannedTrial | undefined, key: string, round: number): PlannedTrial {
  if (trial === undefined) {
    throw new UsageError(`compare: benchmark must be in the plan of the side, got ${key}`);
  }
  const { config } = trial;
  const isTraining = config.workload.kind === "train-to-accuracy";
  const seed = isTraining ? config.seed + round : config.seed;
  return { ...trial, config: { ...config, seed, repeat: round } };
}

/** Margins are no work, and the choices of matrix, sizes and --quick are in the configuration. */
const chosenElsewhere = {
  where: undefined,
  compare: undefined,
  matrix: undefined,
  quick: undefined,
  batchSizes: undefined,
  stepsPerRun: undefined,
};

function benchmarkOf(key: string, trial: PlannedTrial, suite: Suite): SideBenchmark {
  const { margins, counterMargin } = trial.workload.compare;
  return { key, config: trial.config, workHash: workHash(trial, suite), margins, counterMargin };
}

/**
 * Hash of the work of a benchmark. Paths count from the folder of the suite, because the two sides of a comparison lie in
 * different folders; what a file holds does not count, because that may be what was changed.
 */
function workHash({ workload, epochs, stepsPerRun, config }: PlannedTrial, suite: Suite): string {
  const named = workload as { readonly model?: string; readonly data?: string };
  const folder = suite.path === undefined ? undefined : dirname(suite.path) + sep;
  const facts = {
    workload: { ...workload, ...chosenElsewhere },
    model: named.model === undefined ? undefined : suite.models[named.model],
    data: named.data === undefined ? undefined : suite.data[named.data],
    seed: config.seed,
    epochs,
    stepsPerRun,
  };
  const text = JSON.stringify(facts, (_key, value: unknown) => {
    if (typeof value === "string" && folder !== undefined && value.startsWith(folder)) {
      return value.slice(folder.length);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return createHash("sha256").update(text).digest("hex");
}
