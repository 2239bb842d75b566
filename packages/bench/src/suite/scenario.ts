// A scenario as a suite writes it, and with its defaults filled in: those of MLPerf Inference where they do not take
// minutes (MLPerf asks for 600 s per scenario; a suite that wants that says so).
import { requiredQueries, type ScenarioKind, type ScenarioSettings } from "@fastgpu/results";

/** The part of a suite. */
export interface ScenarioFile {
  readonly kind: ScenarioKind;
  /** Of `server`. */
  readonly queriesPerSecond?: number;
  /** Of `server`. */
  readonly latencyBoundMs?: number;
  readonly percentile?: number;
  readonly minQueries?: number;
  readonly minSeconds?: number;
  readonly maxSeconds?: number;
  /** Samples of a query: of `multi-stream` 8, of `offline` 24,576. */
  readonly samplesPerQuery?: number;
}

const percentiles: { readonly [K in ScenarioKind]: number } = {
  offline: 0.99,
  "single-stream": 0.9,
  "multi-stream": 0.99,
  server: 0.99,
};

const samplesPerQuery: { readonly [K in ScenarioKind]: number } = {
  offline: 24_576,
  "single-stream": 1,
  "multi-stream": 8,
  server: 1,
};

/** Batch of the program that a scenario runs, where the suite names none. */
export const scenarioBatch: { readonly [K in ScenarioKind]: number } = {
  offline: 32,
  "single-stream": 1,
  "multi-stream": 8,
  server: 1,
};

/** Settings with every default filled in. */
export function fillScenario(file: ScenarioFile, seed: number): ScenarioSettings {
  const { kind, queriesPerSecond, latencyBoundMs } = file;
  const percentile = file.percentile ?? percentiles[kind];
  return {
    kind,
    // The fewest with which early stopping can say anything, with one query over the bound.
    minQueries: file.minQueries ?? (kind === "offline" ? 1 : requiredQueries(1, percentile)),
    minDurationNs: Math.round((file.minSeconds ?? 1) * 1e9),
    maxDurationNs: Math.round((file.maxSeconds ?? 60) * 1e9),
    samplesPerQuery: file.samplesPerQuery ?? samplesPerQuery[kind],
    percentile,
    seed,
    ...(queriesPerSecond === undefined ? {} : { targetQueriesPerSecond: queriesPerSecond }),
    ...(latencyBoundMs === undefined ? {} : { latencyBoundNs: Math.round(latencyBoundMs * 1e6) }),
  };
}

/** A shorter run of the same scenario, for `--quick`; its statement may fail for want of queries. */
export function quickScenario(settings: ScenarioFile): ScenarioFile {
  return {
    ...settings,
    minSeconds: Math.min(settings.minSeconds ?? 1, 0.2),
    maxSeconds: Math.min(settings.maxSeconds ?? 60, 5),
    ...(settings.kind === "offline"
      ? { samplesPerQuery: Math.min(settings.samplesPerQuery ?? samplesPerQuery.offline, 1024) }
      : {}),
  };
}

/** What tells scenarios of one workload apart in the key of a trial. */
export function scenarioOptions({
  kind,
  queriesPerSecond,
}: ScenarioFile): Readonly<Record<string, string | number>> {
  return { scenario: kind, ...(queriesPerSecond === undefined ? {} : { queriesPerSecond }) };
}
