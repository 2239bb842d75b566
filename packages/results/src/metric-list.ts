// The numbers of a trial as one flat list, each with its unit, which way is better, and the place in the
// record it comes from. Tables, CSV and comparisons read this list, so that they agree on names.

import type { Counters, Measurements, Timing } from "./measurements.ts";
import type { Training } from "./training.ts";
import type { TrialRecord } from "./trial.ts";

/** `share`: 1 = 100%. The empty unit is a plain number. */
export type MetricUnit =
  "ns" | "bytes" | "samples/s" | "flop/s" | "bytes/s" | "flop" | "share" | "count" | "J" | "W" | "";

/** One number of a trial. */
export interface Metric {
  /** Stable name with the unit, as in `latency.p50Ns`. */
  readonly name: string;
  readonly value: number;
  readonly unit: MetricUnit;
  readonly better: "lower" | "higher" | "neither";
  /** JSON pointer (RFC 6901) inside the trial, as in `/outcome/measurements/firstRunNs`. */
  readonly pointer: string;
}

/**
 * All numbers of a trial, in reading order.
 *
 * @returns Empty for a trial that did not end `ok`.
 */
export function listMetrics(trial: TrialRecord): readonly Metric[] {
  if (trial.outcome.state !== "ok") return [];
  const { measurements } = trial.outcome;
  const base = "/outcome/measurements";
  return [
    ...(measurements.timing === undefined ? [] : timingMetrics(measurements.timing, base)),
    ...(measurements.training === undefined ? [] : trainingMetrics(measurements.training, base)),
    ...scenarioMetrics(measurements, base),
    ...costMetrics(measurements, base),
    ...achievedMetrics(measurements, base),
    ...counterMetrics(measurements.counters, base),
    ...checkMetrics(measurements, base),
    ...Object.entries(measurements.metrics).map(([name, value]) => ({
      name: `metrics.${name}`,
      value,
      unit: unitOf(name),
      better: "neither" as const,
      pointer: `${base}/metrics/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
    })),
  ];
}

type Better = Metric["better"];

function metric(
  name: string,
  value: number | undefined,
  better: Better,
  pointer: string,
  unit: MetricUnit = unitOf(name),
): readonly Metric[] {
  return value === undefined ? [] : [{ name, value, unit, better, pointer }];
}

function timingMetrics(timing: Timing, base: string): readonly Metric[] {
  const at = `${base}/timing`;
  const { latency } = timing;
  const quantiles = ["p50Ns", "p05Ns", "p90Ns", "p95Ns", "p99Ns", "p999Ns"] as const;
  const moments = ["minNs", "maxNs", "meanNs"] as const;
  const spreads = ["standardDeviationNs", "medianAbsoluteDeviationNs"] as const;
  return [
    ...metric("samplesPerSecond", timing.samplesPerSecond, "higher", `${at}/samplesPerSecond`),
    ...[...quantiles, ...moments].flatMap((key) =>
      metric(`latency.${key}`, latency[key], "lower", `${at}/latency/${key}`),
    ),
    ...spreads.flatMap((key) =>
      metric(`latency.${key}`, latency[key], "neither", `${at}/latency/${key}`),
    ),
    ...metric("latency.count", latency.count, "neither", `${at}/latency/count`, "count"),
    ...metric("voidSamples", timing.voidSamples.length, "neither", `${at}/voidSamples`, "count"),
    ...(["hostNs", "uploadNs", "computeNs", "downloadNs"] as const).flatMap((key) =>
      metric(`split.${key}`, timing.split?.[key], "lower", `${at}/split/${key}`),
    ),
    ...metric(
      "warmup.iterations",
      timing.warmup.iterations,
      "neither",
      `${at}/warmup/iterations`,
      "count",
    ),
    ...metric("warmup.elapsedNs", timing.warmup.elapsedNs, "lower", `${at}/warmup/elapsedNs`),
  ];
}

function trainingMetrics(training: Training, base: string): readonly Metric[] {
  const at = `${base}/training`;
  const last = training.epochs.at(-1);
  const end = `${at}/epochs/${training.epochs.length - 1}`;
  const target = training.timeToTarget;
  return [
    ...metric(
      "training.timeToTargetNs",
      target?.reachedNs,
      "lower",
      `${at}/timeToTarget/reachedNs`,
    ),
    ...metric(
      "training.validationAccuracy",
      last?.validationAccuracy,
      "higher",
      `${end}/validationAccuracy`,
      "share",
    ),
    ...metric(
      "training.validationLoss",
      last?.validationLoss,
      "lower",
      `${end}/validationLoss`,
      "",
    ),
    ...metric("training.accuracy", last?.accuracy, "higher", `${end}/accuracy`, "share"),
    ...metric("training.loss", last?.loss, "lower", `${end}/loss`, ""),
    ...metric("training.epochs", training.epochs.length, "neither", `${at}/epochs`, "count"),
    ...metric("training.totalNs", training.totalNs, "lower", `${at}/totalNs`),
  ];
}

function scenarioMetrics({ scenario }: Measurements, base: string): readonly Metric[] {
  if (scenario === undefined) return [];
  const at = `${base}/scenario`;
  const { name, value, earlyStoppingNs } = scenario.metric;
  const better = name === "percentileNs" ? "lower" : "higher";
  const unit = name === "queriesPerSecond" ? "" : unitOf(name);
  return [
    ...metric(`scenario.${name}`, value, better, `${at}/metric/value`, unit),
    ...metric("scenario.earlyStoppingNs", earlyStoppingNs, "lower", `${at}/metric/earlyStoppingNs`),
    ...metric("scenario.queries", scenario.queries, "neither", `${at}/queries`, "count"),
  ];
}

function costMetrics(measurements: Measurements, base: string): readonly Metric[] {
  const { memory } = measurements;
  return [
    ...(["firstRunNs", "compileNs", "startToFirstSampleNs"] as const).flatMap((key) =>
      metric(key, measurements[key], "lower", `${base}/${key}`),
    ),
    ...metric(
      "timerOverheadNs",
      measurements.timerOverheadNs,
      "neither",
      `${base}/timerOverheadNs`,
    ),
    ...(["peakRssBytes", "devicePeakBytes"] as const).flatMap((key) =>
      metric(`memory.${key}`, memory[key], "lower", `${base}/memory/${key}`),
    ),
  ];
}

function achievedMetrics(measurements: Measurements, base: string): readonly Metric[] {
  const { achieved } = measurements;
  const at = `${base}/achieved`;
  return [
    ...metric(
      "achieved.flopsPerSecond",
      achieved?.flopsPerSecond,
      "higher",
      `${at}/flopsPerSecond`,
      "flop/s",
    ),
    ...metric(
      "achieved.bytesPerSecond",
      achieved?.bytesPerSecond,
      "higher",
      `${at}/bytesPerSecond`,
      "bytes/s",
    ),
    ...metric(
      "achieved.rooflineShare",
      achieved?.rooflineShare,
      "higher",
      `${at}/rooflineShare`,
      "share",
    ),
  ];
}

function counterMetrics(counters: Counters, base: string): readonly Metric[] {
  const units: { readonly [Name in keyof Required<Counters>]: MetricUnit } = {
    dispatches: "count",
    pipelinesCompiled: "count",
    bytesUp: "bytes",
    bytesDown: "bytes",
    liveBytes: "bytes",
    peakBytes: "bytes",
    liveTensors: "count",
    graphNodes: "count",
    flops: "flop",
    bytesMoved: "bytes",
  };
  return Object.entries(units).flatMap(([name, unit]) =>
    metric(
      `counters.${name}`,
      counters[name as keyof Counters],
      "lower",
      `${base}/counters/${name}`,
      unit,
    ),
  );
}

function checkMetrics({ check }: Measurements, base: string): readonly Metric[] {
  return (["maxAbsoluteError", "maxRelativeError"] as const).flatMap((key) =>
    metric(`check.${key}`, check[key], "lower", `${base}/check/${key}`, ""),
  );
}

// A metric's unit is the end of its name (style rule: a number with a unit carries it in its name).
function unitOf(name: string): MetricUnit {
  const endings: readonly (readonly [string, MetricUnit])[] = [
    ["SamplesPerSecond", "samples/s"],
    ["FlopsPerSecond", "flop/s"],
    ["BytesPerSecond", "bytes/s"],
    ["Bytes", "bytes"],
    ["Ns", "ns"],
    ["Joules", "J"],
    ["Watts", "W"],
    ["Share", "share"],
    ["Count", "count"],
  ];
  const upper = name.charAt(0).toUpperCase() + name.slice(1);
  return endings.find(([ending]) => upper.endsWith(ending))?.[1] ?? "";
}
