// The numbers that a study can optimise or bound, and where a trial's measurements have them.
import type { Measurements, WorkloadKind } from "@fastgpu/results";
import type { Measured } from "@fastgpu/tuner";

/** What a metric is read from. */
export interface MetricSource {
  readonly measurements: Measurements;
  /** Accuracy of the default configuration in f32, a share; absent until it is known. */
  readonly baselineAccuracy?: number;
}

/** One metric. */
export interface StudyMetric {
  /** Unit of its values, as texts show it. */
  readonly unit: "samples/s" | "ms" | "s" | "B" | "J" | "share" | "points" | "";
  readonly direction: "minimize" | "maximize";
  /** Kinds of workload that have it. */
  readonly kinds: readonly WorkloadKind[];
  /** True if it describes a batch, so that the batch size must stay what it is. */
  readonly isPerBatch?: boolean;
  /** True if lower precision may change it, so that other precisions than f32 can be tried under a bound on it. */
  readonly isAccuracy?: boolean;
  /** Undefined where the trial did not measure it. */
  read(source: MetricSource): Measured | undefined;
}

const timed: readonly WorkloadKind[] = ["inference", "train-step", "model"];
const training: readonly WorkloadKind[] = ["train-to-accuracy"];
const all: readonly WorkloadKind[] = [...timed, ...training];

/** Names that a suite or a flag may use. */
export type MetricName =
  | "throughput"
  | "p50"
  | "p90"
  | "p95"
  | "p99"
  | "firstRun"
  | "memory"
  | "energy"
  | "timeToAccuracy"
  | "accuracy"
  | "accuracyLoss"
  | "validationLoss";

const metricTable: { readonly [Name in MetricName]: StudyMetric } = {
  throughput: {
    unit: "samples/s",
    direction: "maximize",
    kinds: all,
    read: ({ measurements: { timing, metrics } }) => {
      if (timing === undefined) return plain(metrics["trainSamplesPerSecond"]);
      const { meanNs, standardDeviationNs, count } = timing.latency;
      const value = timing.samplesPerSecond;
      return { value, variance: ((standardDeviationNs / meanNs) * value) ** 2 / count };
    },
  },
  p50: latency("p50Ns"),
  p90: latency("p90Ns"),
  p95: latency("p95Ns"),
  p99: latency("p99Ns"),
  firstRun: {
    unit: "ms",
    direction: "minimize",
    kinds: all,
    isPerBatch: true,
    read: ({ measurements }) => plain(measurements.firstRunNs / 1e6),
  },
  memory: {
    unit: "B",
    direction: "minimize",
    kinds: all,
    isPerBatch: true,
    read: ({ measurements: { memory } }) =>
      plain(memory.peakRssBytes + (memory.devicePeakBytes ?? 0)),
  },
  energy: {
    unit: "J",
    direction: "minimize",
    kinds: timed,
    read: ({ measurements: { conditions, timing } }) => {
      const { energyJoules } = conditions ?? {};
      if (energyJoules === undefined || timing === undefined) return undefined;
      const iterations = timing.latencyNs.length * timing.iterationsPerSample;
      return plain(energyJoules / (iterations * timing.samplesPerIteration));
    },
  },
  timeToAccuracy: {
    unit: "s",
    direction: "minimize",
    kinds: training,
    read: ({ measurements: { training: record } }) =>
      // A training that was ended because it was behind has not reached its target; its time so far is a lower bound.
      plain(record && (record.timeToTarget?.reachedNs ?? record.totalNs) / 1e9),
  },
  accuracy: {
    unit: "share",
    direction: "maximize",
    kinds: ["inference", "train-to-accuracy"],
    isAccuracy: true,
    read: ({ measurements }) => plain(accuracyOf(measurements)),
  },
  accuracyLoss: {
    unit: "points",
    direction: "minimize",
    kinds: ["inference", "train-to-accuracy"],
    isAccuracy: true,
    read: ({ measurements, baselineAccuracy }) => {
      const own = accuracyOf(measurements);
      if (own === undefined || baselineAccuracy === undefined) return undefined;
      return plain(100 * (baselineAccuracy - own));
    },
  },
  validationLoss: {
    unit: "",
    direction: "minimize",
    kinds: training,
    isAccuracy: true,
    read: ({ measurements: { training: record } }) => {
      if (record?.diverged !== undefined) return { value: NaN };
      return plain(record?.epochs.at(-1)?.validationLoss);
    },
  },
};

/** All names. */
export const metricNames = Object.keys(metricTable) as readonly MetricName[];

/** The metric of a name. */
export function metricOf(name: MetricName): StudyMetric {
  return metricTable[name];
}

/** Share of held-back rows that are classified right at the end: of the training, or of the program that was timed. */
export function accuracyOf({ training: record, metrics }: Measurements): number | undefined {
  return record === undefined
    ? metrics["accuracyShare"]
    : (record.epochs.at(-1)?.validationAccuracy ?? record.epochs.at(-1)?.accuracy);
}

function latency(which: "p50Ns" | "p90Ns" | "p95Ns" | "p99Ns"): StudyMetric {
  return {
    unit: "ms",
    direction: "minimize",
    kinds: timed,
    isPerBatch: true,
    read: ({ measurements: { timing } }) => {
      if (timing === undefined) return undefined;
      const { latency: summary, iterationsPerSample } = timing;
      const ns = summary[which];
      // A quantile of means over several iterations is no quantile of iterations; the shortest programs have no tail.
      if (ns === undefined || (iterationsPerSample > 1 && which !== "p50Ns")) return undefined;
      const interval = which === "p50Ns" ? summary.medianInterval95 : undefined;
      const error = interval === undefined ? 0 : (interval.highNs - interval.lowNs) / 1e6 / 3.92;
      return { value: ns / 1e6, variance: error ** 2 };
    },
  };
}

function plain(value: number | undefined): Measured | undefined {
  return value === undefined ? undefined : { value };
}
