// A record arranged for reading: workloads, their configurations, and the trials of each. Every reporter
// shows this arrangement, so that a row means the same in the terminal, in Markdown and in HTML.

import { configurationKey, median, sortSamples } from "@fastgpu/results";
import type {
  Measurements,
  Outcome,
  RunRecord,
  Timing,
  TrialConfig,
  TrialRecord,
  WorkloadIdentity,
} from "@fastgpu/results";
import { formatNumber } from "./format.ts";
import { plainText } from "./safe-text.ts";

/** All trials of one workload. */
export interface WorkloadView {
  readonly workload: WorkloadIdentity;
  /** What all configurations have in common, in words; empty when there is only one. */
  readonly common: string;
  /** In the order of the record. */
  readonly configurations: readonly ConfigurationView[];
}

/** The trials that differ only in seed and repetition. */
export interface ConfigurationView {
  readonly config: TrialConfig;
  /** Unique among the configurations of the workload: what differs, or everything when there is one. */
  readonly label: string;
  readonly trials: readonly TrialView[];
  /** Medians over the trials with timings; absent when there are none. */
  readonly timed?: TimedView;
  /** Absent when no trial trained. */
  readonly trained?: TrainedView;
}

/** A trial and its place in the record. */
export interface TrialView {
  /** Position in `record.trials`; the HTML anchor of its details. */
  readonly index: number;
  readonly trial: TrialRecord;
}

/**
 * Speed of a configuration: each value is the median over its processes. Times are per batch: where an iteration runs
 * several training steps, they are the mean of its steps.
 */
export interface TimedView {
  readonly processes: number;
  readonly medianNs: number;
  readonly p95Ns: number;
  readonly samplesPerSecond: number;
  /** Lowest and highest throughput of a process; equal for one process. */
  readonly slowestSamplesPerSecond: number;
  readonly fastestSamplesPerSecond: number;
  readonly firstRunNs: number;
  readonly peakRssBytes: number;
  readonly flopsPerSecond?: number;
  readonly rooflineShare?: number;
  /** Processes whose warm-up never settled. */
  readonly unsteady: number;
}

/** Learning of a configuration: medians over its runs. */
export interface TrainedView {
  readonly runs: number;
  readonly epochs: number;
  readonly loss?: number;
  readonly validationAccuracy?: number;
  readonly accuracy?: number;
  readonly totalNs: number;
  readonly peakRssBytes: number;
  /** Runs that reached the suite's target, of those that had one. */
  readonly reached?: { readonly runs: number; readonly of: number; readonly medianNs?: number };
  readonly diverged: number;
}

/** Arranges a record for reading. */
export function viewRun(record: RunRecord): readonly WorkloadView[] {
  const workloads = new Map<string, Map<string, TrialView[]>>();
  for (const [index, trial] of record.trials.entries()) {
    const { name, kind } = trial.config.workload;
    const configurations = getOrAdd(
      workloads,
      `${kind}:${name}`,
      () => new Map<string, TrialView[]>(),
    );
    getOrAdd(configurations, configurationKey(trial.config), () => []).push({ index, trial });
  }
  return [...workloads.values()].map((configurations) =>
    viewWorkload([...configurations.values()]),
  );
}

/** The full description of a configuration in one line, without the workload. */
export function describeConfig(config: TrialConfig): string {
  return traits(config)
    .map(([, text]) => text)
    .filter((text) => text !== "")
    .join(" · ");
}

/**
 * Splits descriptions into what all have in common and what tells them apart.
 *
 * @returns `labels[i]` belongs to `configs[i]`; a single configuration has nothing in common with others,
 *   so its label is the full description.
 */
export function distinguish(configs: readonly TrialConfig[]): {
  readonly common: string;
  readonly labels: readonly string[];
} {
  const [first] = configs;
  if (first === undefined) return { common: "", labels: [] };
  const rows = configs.map(traits);
  const names = [...new Set(rows.flatMap((row) => row.map(([name]) => name)))];
  const varies = (name: string) => new Set(rows.map((row) => textOf(row, name))).size > 1;
  const say = (row: (typeof rows)[number], shown: readonly string[]) =>
    shown
      .map((name) => textOf(row, name))
      .filter((text) => text !== "")
      .join(" · ");
  const varying = names.filter(varies);
  if (varying.length === 0) return { common: "", labels: configs.map(describeConfig) };
  const rest = names.filter((name) => !varies(name));
  return {
    common: say(traits(first), rest),
    labels: rows.map((row) => say(row, varying)),
  };
}

/** Why a trial has no speed, in one line; empty for `ok`. */
export function describeOutcome(outcome: Outcome): string {
  switch (outcome.state) {
    case "ok":
      return "";
    case "crashed": {
      const how =
        outcome.signal ?? (outcome.exitCode === undefined ? "" : `exit ${outcome.exitCode}`);
      return plainText([outcome.message, how === "" ? "" : `(${how})`].join(" ").trim());
    }
    case "unsupported":
      return plainText(
        outcome.message === outcome.reason
          ? outcome.reason
          : `${outcome.message}: ${outcome.reason}`,
      );
    case "incorrect": {
      const { maxAbsoluteError, tolerance, nonFiniteValues } = outcome.check;
      const broken = nonFiniteValues === 0 ? "" : `, ${nonFiniteValues} values not finite`;
      return plainText(
        `${outcome.message}: largest error ${formatNumber(maxAbsoluteError)}${broken}, allowed ${formatNumber(tolerance.absolute)} + ${formatNumber(tolerance.relative)} x |reference|`,
      );
    }
    default:
      return plainText(outcome.message);
  }
}

/** A latency for one batch. An iteration that runs several training steps counts as that many batches. */
export function perBatch(
  { latency, samplesPerIteration }: Timing,
  { batchSize }: TrialConfig,
  which: "p05Ns" | "p50Ns" | "p95Ns" | "maxNs",
): number {
  return latency[which] / Math.max(1, samplesPerIteration / batchSize);
}

function viewWorkload(groups: readonly (readonly TrialView[])[]): WorkloadView {
  const configs = groups.flatMap(([first]) => (first === undefined ? [] : [first.trial.config]));
  const { common, labels } = distinguish(configs);
  const [first] = configs;
  if (first === undefined)
    throw new Error("viewWorkload: a workload has at least one trial, got 0");
  return {
    workload: first.workload,
    common,
    configurations: configs.map((config, index) =>
      viewConfiguration(config, labels[index] ?? "", groups[index] ?? []),
    ),
  };
}

function viewConfiguration(
  config: TrialConfig,
  label: string,
  trials: readonly TrialView[],
): ConfigurationView {
  const measured = trials.flatMap(({ trial: { outcome } }) =>
    outcome.state === "ok" ? [outcome.measurements] : [],
  );
  const timed = viewTimed(measured, config);
  const trained = viewTrained(measured);
  return {
    config,
    label,
    trials,
    ...(timed !== undefined && { timed }),
    ...(trained !== undefined && { trained }),
  };
}

function viewTimed(measured: readonly Measurements[], config: TrialConfig): TimedView | undefined {
  const timings = measured.flatMap(({ timing }) => (timing === undefined ? [] : [timing]));
  if (timings.length === 0) return undefined;
  const rates = timings.map(({ samplesPerSecond }) => samplesPerSecond);
  const withTiming = measured.filter(({ timing }) => timing !== undefined);
  const flops = middle(withTiming.map(({ achieved }) => achieved?.flopsPerSecond));
  const roofline = middle(withTiming.map(({ achieved }) => achieved?.rooflineShare));
  return {
    processes: timings.length,
    medianNs: middle(timings.map((timing) => perBatch(timing, config, "p50Ns"))) ?? 0,
    p95Ns: middle(timings.map((timing) => perBatch(timing, config, "p95Ns"))) ?? 0,
    samplesPerSecond: middle(rates) ?? 0,
    slowestSamplesPerSecond: Math.min(...rates),
    fastestSamplesPerSecond: Math.max(...rates),
    firstRunNs: middle(withTiming.map(({ firstRunNs }) => firstRunNs)) ?? 0,
    peakRssBytes: middle(withTiming.map(({ memory }) => memory.peakRssBytes)) ?? 0,
    ...(flops !== undefined && { flopsPerSecond: flops }),
    ...(roofline !== undefined && { rooflineShare: roofline }),
    unsteady: timings.filter(({ warmup }) => warmup.reason === "no-steady-state").length,
  };
}

function viewTrained(measured: readonly Measurements[]): TrainedView | undefined {
  const runs = measured.flatMap(({ training, memory }) =>
    training === undefined ? [] : [{ training, memory, last: training.epochs.at(-1) }],
  );
  if (runs.length === 0) return undefined;
  const targets = runs.flatMap(({ training }) => training.timeToTarget ?? []);
  const reachedNs = targets.flatMap((target) => target.reachedNs ?? []);
  const medianNs = middle(reachedNs);
  const loss = middle(runs.map(({ last }) => last?.loss));
  const accuracy = middle(runs.map(({ last }) => last?.accuracy));
  const validationAccuracy = middle(runs.map(({ last }) => last?.validationAccuracy));
  return {
    runs: runs.length,
    epochs: middle(runs.map(({ training }) => training.epochs.length)) ?? 0,
    totalNs: middle(runs.map(({ training }) => training.totalNs)) ?? 0,
    peakRssBytes: middle(runs.map(({ memory }) => memory.peakRssBytes)) ?? 0,
    diverged: runs.filter(({ training }) => training.diverged !== undefined).length,
    ...(loss !== undefined && { loss }),
    ...(accuracy !== undefined && { accuracy }),
    ...(validationAccuracy !== undefined && { validationAccuracy }),
    ...(targets.length > 0 && {
      reached: {
        runs: reachedNs.length,
        of: targets.length,
        ...(medianNs !== undefined && { medianNs }),
      },
    }),
  };
}

function textOf(row: readonly (readonly [string, string])[], name: string): string {
  return row.find(([key]) => key === name)?.[1] ?? "";
}

function traits(config: TrialConfig): readonly (readonly [string, string])[] {
  const threads = config.threads;
  return [
    ["backend", plainText(config.backend)],
    ["device", plainText(config.device)],
    ["precision", plainText(config.precision)],
    ["batchSize", `batch ${config.batchSize}`],
    ["threads", threads === undefined ? "" : `${threads} ${threads === 1 ? "thread" : "threads"}`],
    ...Object.entries(config.options ?? {}).map(
      ([name, value]) =>
        [`option ${name}`, plainText(`${inWords(name)} ${String(value)}`)] as const,
    ),
  ];
}

/** `stepsPerRun` -> `steps per run`. */
function inWords(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function middle(values: readonly (number | undefined)[]): number | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length === 0 ? undefined : median(sortSamples(present));
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const value = make();
  map.set(key, value);
  return value;
}
