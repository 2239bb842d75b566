// The history of a benchmark over many records: one series per configuration, metric and machine, its change points, and
// the commit that each begins at. It opens findings; it decides nothing.

import { listMetrics } from "../metric-list.ts";
import type { MetricUnit } from "../metric-list.ts";
import type { GitState, RunRecord } from "../record.ts";
import { changePoints } from "../stats/change-points.ts";
import { median } from "../stats/quantile.ts";
import { sortSamples } from "../stats/sorted.ts";
import { configurationKey } from "../trial.ts";
import type { TrialConfig } from "../trial.ts";

/** One record's value in a series. */
export interface HistoryPoint {
  readonly runId: string;
  readonly startedAt: string;
  /** Absent when the run was not started in a git work tree. */
  readonly git?: GitState;
  /** Median over the trials of the record. */
  readonly value: number;
}

/** A change in a series. */
export interface HistoryFinding {
  /** Index of the first point after the change. */
  readonly index: number;
  readonly before: number;
  readonly after: number;
  /** after / before. */
  readonly ratio: number;
  readonly direction: "better" | "worse" | "changed";
  readonly pValue: number;
  /** The run and commit that the change shows first in, and the last one without it. */
  readonly first: HistoryPoint;
  readonly last: HistoryPoint;
}

/** A metric of a configuration on one machine. */
export interface HistorySeries {
  readonly suite: string;
  /** As `configurationKey` writes it. */
  readonly benchmark: string;
  /** The configuration, with the seed and repetition of its first trial. */
  readonly config: TrialConfig;
  readonly metric: string;
  readonly unit: MetricUnit;
  /** Fingerprint of the machine: numbers of others are no part of the series. */
  readonly machine: string;
  readonly points: readonly HistoryPoint[];
  readonly findings: readonly HistoryFinding[];
}

/** How a history is made. */
export interface HistoryOptions {
  /** See `changePoints`; default 50. */
  readonly window?: number;
  readonly significance?: number;
  /** Names of `listMetrics`; default: a low and a high quantile, throughput, first run, peak memory, accuracy. */
  readonly metrics?: readonly string[];
}

/** Metrics whose history is followed by default. The 5th percentile is the least noisy cost of a shared machine. */
export const historyMetrics: readonly string[] = [
  "latency.p05Ns",
  "latency.p50Ns",
  "latency.p95Ns",
  "samplesPerSecond",
  "scenario.samplesPerSecond",
  "scenario.percentileNs",
  "scenario.queriesPerSecond",
  "firstRunNs",
  "memory.peakRssBytes",
  "training.validationAccuracy",
];

/**
 * Series of all records, those with findings first.
 *
 * @param records - in any order; a run that is given twice counts once
 */
export function buildHistory(
  records: readonly RunRecord[],
  options: HistoryOptions = {},
): readonly HistorySeries[] {
  const { metrics = historyMetrics, ...search } = options;
  const unique = new Map(records.map((record) => [record.runId, record]));
  const ordered = [...unique.values()].sort(byTime);
  const series = new Map<string, Draft>();
  for (const record of ordered) {
    for (const sample of samplesOf(record, metrics)) {
      const key = JSON.stringify([sample.machine, sample.suite, sample.benchmark, sample.metric]);
      const { value, ...rest } = sample;
      const draft = series.get(key) ?? { ...rest, points: [] };
      series.set(key, draft);
      const { runId, startedAt, git } = record;
      draft.points.push({ runId, startedAt, value, ...(git !== undefined && { git }) });
    }
  }
  return [...series.values()]
    .map(({ better, ...draft }) => ({
      ...draft,
      findings: findingsOf(draft.points, better, search),
    }))
    .sort((a, b) => Number(b.findings.length > 0) - Number(a.findings.length > 0));
}

type Better = "lower" | "higher" | "neither";

interface Draft extends Omit<HistorySeries, "findings" | "points"> {
  readonly better: Better;
  readonly points: HistoryPoint[];
}

interface Sample extends Omit<Draft, "points"> {
  readonly value: number;
}

function samplesOf(record: RunRecord, wanted: readonly string[]): readonly Sample[] {
  const groups = new Map<string, Omit<Sample, "value"> & { readonly values: number[] }>();
  for (const trial of record.trials) {
    const benchmark = configurationKey(trial.config);
    for (const { name, value, unit, better } of listMetrics(trial)) {
      if (!wanted.includes(name)) continue;
      const key = `${name} ${benchmark}`;
      const group = groups.get(key) ?? {
        suite: record.suite.name,
        benchmark,
        config: trial.config,
        metric: name,
        unit,
        machine: record.environment.fingerprint,
        better,
        values: [],
      };
      groups.set(key, group);
      group.values.push(value);
    }
  }
  return [...groups.values()].map(({ values, ...rest }) => ({
    ...rest,
    value: median(sortSamples(values)),
  }));
}

function findingsOf(
  points: readonly HistoryPoint[],
  better: Better,
  search: Omit<HistoryOptions, "metrics">,
): readonly HistoryFinding[] {
  const found = changePoints(
    points.map(({ value }) => value),
    search,
  );
  return found.flatMap(({ index, before, after, pValue }): readonly HistoryFinding[] => {
    const [last, first] = [points[index - 1], points[index]];
    if (last === undefined || first === undefined) return [];
    const ratio = before === 0 ? (after === 0 ? 1 : Infinity) : after / before;
    const direction = directionOf(before, after, better);
    return [{ index, before, after, ratio, direction, pValue, first, last }];
  });
}

function directionOf(before: number, after: number, better: Better): HistoryFinding["direction"] {
  // The spread may change where the median does not.
  if (better === "neither" || before === after) return "changed";
  return after > before === (better === "higher") ? "better" : "worse";
}

function byTime(a: RunRecord, b: RunRecord): number {
  return Date.parse(a.startedAt) - Date.parse(b.startedAt) || (a.runId < b.runId ? -1 : 1);
}
