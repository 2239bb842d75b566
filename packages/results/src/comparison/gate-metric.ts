// The metrics that a comparison can gate on: which number stands for a process, how much slower it may get, and whether
// it alone decides. Names are those of the margins in suite files.

import { quantile } from "../stats/quantile.ts";
import { quietTail, tailExcess } from "../stats/tails.ts";
import { sortSamples } from "../stats/sorted.ts";
import type { Measurements, Timing } from "../measurements.ts";
import type { MetricUnit } from "../metric-list.ts";
import type { TrialRecord } from "../trial.ts";

/** Name of a gated metric. */
export type GateMetricName =
  | "latency"
  | "throughput"
  | "trainingTime"
  | "median"
  | "p95"
  | "tail"
  | "quietTail"
  | "peakMemory"
  | "firstRun"
  | "compile";

/**
 * `primary`: the benchmark passes only when this one is known to be within its margin. `guard`: noisier; it can only
 * raise an alarm, and more rounds are measured for it while its estimate is beyond the margin.
 */
export type GateRole = "primary" | "guard";

/**
 * Parts of the error of a comparison that the roles may spend. Guards are many; they must not make what decides wait for
 * more rounds, and one guard of a single benchmark must still be able to convict at the first look.
 */
export const roleWeights: Readonly<Record<GateRole, number>> = { primary: 0.25, guard: 0.75 };

/** What a metric is. */
export interface GateMetric {
  readonly unit: MetricUnit;
  readonly better: "lower" | "higher";
  readonly role: GateRole;
  /** Relative, 0.025 = 2.5%; absent = gated only where a suite gives a margin. */
  readonly defaultMargin?: number;
  /**
   * The number of a process, above 0; undefined when it was not measured.
   *
   * @param costProbability - the quantile that stands for the cost of a step
   */
  readonly valueOf: (measurements: Measurements, costProbability: number) => number | undefined;
}

/**
 * Which quantile of its samples stands for a process: other work on the machine only ever slows a step down, so a low
 * one differs least between identical processes. `calibrate` may find another on a machine.
 */
export const defaultCostProbability = 0.05;

/** Throughput is taken over windows of this share of the samples. */
const windows = 100;

/** All metrics, the most telling first. */
export const gateMetrics: Readonly<Record<GateMetricName, GateMetric>> = {
  latency: {
    unit: "ns",
    better: "lower",
    role: "primary",
    defaultMargin: 0.025,
    valueOf: ({ timing }, probability) => timing && stepQuantile(timing, probability),
  },
  throughput: {
    unit: "samples/s",
    better: "higher",
    role: "guard",
    defaultMargin: 0.025,
    valueOf: ({ timing }, probability) => timing && sustainedThroughput(timing, probability),
  },
  trainingTime: {
    unit: "ns",
    better: "lower",
    role: "primary",
    defaultMargin: 0.05,
    valueOf: ({ training }) => training?.totalNs,
  },
  median: {
    unit: "ns",
    better: "lower",
    role: "guard",
    defaultMargin: 0.08,
    valueOf: ({ timing }) => timing && stepQuantile(timing, 0.5),
  },
  p95: {
    unit: "ns",
    better: "lower",
    role: "guard",
    defaultMargin: 0.1,
    valueOf: ({ timing }) => timing && stepQuantile(timing, 0.95),
  },
  tail: {
    unit: "",
    better: "lower",
    role: "guard",
    defaultMargin: 0.1,
    valueOf: ({ timing }) => timing && tailExcess(countedSamples(timing)),
  },
  quietTail: {
    unit: "ns",
    better: "lower",
    role: "guard",
    defaultMargin: 0.04,
    valueOf: ({ timing }) => timing && quietTail(countedSamples(timing)),
  },
  peakMemory: {
    unit: "bytes",
    better: "lower",
    role: "guard",
    defaultMargin: 0.02,
    valueOf: ({ memory }) => memory.devicePeakBytes ?? memory.peakRssBytes,
  },
  firstRun: {
    unit: "ns",
    better: "lower",
    role: "guard",
    valueOf: ({ firstRunNs }) => firstRunNs,
  },
  compile: { unit: "ns", better: "lower", role: "guard", valueOf: ({ compileNs }) => compileNs },
};

/** Names in the order of `gateMetrics`. */
export const gateMetricNames: readonly GateMetricName[] = Object.keys(gateMetrics).filter(
  (name): name is GateMetricName => Object.hasOwn(gateMetrics, name),
);

/** Margins by metric, relative; `false` = not gated. */
export type Margins = Readonly<Partial<Record<GateMetricName, number | false>>>;

/** What one process says about a metric; undefined for a trial that did not end `ok` or did not measure it. */
export function processValue(
  trial: TrialRecord,
  name: GateMetricName,
  costProbability: number = defaultCostProbability,
): number | undefined {
  if (trial.outcome.state !== "ok") return undefined;
  return gateMetrics[name].valueOf(trial.outcome.measurements, costProbability);
}

/** Share of samples that are void for a measured cause, 0 to 1; 0 without timed iterations. */
export function voidShare(trial: TrialRecord): number {
  if (trial.outcome.state !== "ok") return 0;
  const { timing } = trial.outcome.measurements;
  if (timing === undefined) return 0;
  return new Set(timing.voidSamples.map(({ index }) => index)).size / timing.latencyNs.length;
}

function countedSamples({ latencyNs, voidSamples }: Timing): readonly number[] {
  if (voidSamples.length === 0) return latencyNs;
  const left = new Set(voidSamples.map(({ index }) => index));
  return latencyNs.filter((_, index) => !left.has(index));
}

function stepQuantile(timing: Timing, probability: number): number {
  return quantile(sortSamples(countedSamples(timing)), probability);
}

// Throughput is about many steps in a row, and a whole process is as noisy as its worst moment. So the process is cut
// into windows of 1% of its samples, and the rate of its better windows stands for it: a slower tail inside the windows
// still shows.
function sustainedThroughput(timing: Timing, probability: number): number {
  const samples = countedSamples(timing);
  const size = Math.max(1, Math.floor(samples.length / windows));
  const meansNs: number[] = [];
  for (let start = 0; start + size <= samples.length; start += size) {
    let sumNs = 0;
    for (let i = start; i < start + size; i += 1) sumNs += samples[i] ?? 0;
    meansNs.push(sumNs / size);
  }
  return (timing.samplesPerIteration * 1e9) / quantile(sortSamples(meansNs), probability);
}
