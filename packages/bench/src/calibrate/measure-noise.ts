// The noise between identical processes: pairs of fresh processes that do the same work, back to back, order ABBA.
import {
  chooseSummary,
  configurationKey,
  costSummaries,
  defaultCostProbability,
  gateMetrics,
  type Measurements,
  type MetricNoise,
  type NoiseMetric,
  type ProcessSummary,
} from "@fastgpu/results";
import { MeasurementError } from "@fastgpu/core";
import type { PlannedTrial } from "../plan/plan.ts";
import { runTrial, type TrialSurroundings } from "../run/run-trial.ts";

/** What a metric takes from a process, and how it may be summarised. */
interface NoiseSource {
  readonly metric: NoiseMetric;
  readonly samples: (measurements: Measurements) => readonly number[];
  readonly summaries: readonly ProcessSummary[];
}

/** A metric that is one number per process: the very number that `compare` gates on. */
function gated(metric: NoiseMetric): NoiseSource {
  const samples = (measurements: Measurements): readonly number[] => {
    const value = gateMetrics[metric].valueOf(measurements, defaultCostProbability);
    return value === undefined ? [] : [value];
  };
  return { metric, samples, summaries: [{ kind: "value" }] };
}

const sources: readonly NoiseSource[] = [
  {
    metric: "latency",
    samples: ({ timing }) => timing?.latencyNs ?? [],
    summaries: costSummaries,
  },
  gated("throughput"),
  gated("p95"),
  gated("tail"),
  gated("quietTail"),
  gated("peakMemory"),
];

/**
 * Measures the noise of one configuration.
 *
 * @param pairs - at least 2
 * @param onPair - called after each pair
 * @throws {MeasurementError} if a process has no result: noise of half the pairs is not that of the machine
 */
export async function measureNoise(
  trial: PlannedTrial,
  pairs: number,
  surroundings: TrialSurroundings,
  onPair: (done: number) => void,
): Promise<readonly MetricNoise[]> {
  const measured: (readonly [Measurements, Measurements])[] = [];
  while (measured.length < pairs) {
    const first = await measurementsOf(trial, surroundings);
    const second = await measurementsOf(trial, surroundings);
    // Every other pair is turned around, so that a drift within pairs does not count as a difference.
    measured.push(measured.length % 2 === 0 ? [first, second] : [second, first]);
    onPair(measured.length);
  }
  const workload = configurationKey(trial.config);
  return sources.flatMap(({ metric, samples, summaries }) => {
    const taken = measured.map(([first, second]) => [samples(first), samples(second)] as const);
    // Short processes have no tail.
    if (taken.some((pair) => pair.some(({ length }) => length === 0))) return [];
    return [{ workload, metric, pairs, ...chooseSummary(taken, summaries) }];
  });
}

async function measurementsOf(
  trial: PlannedTrial,
  surroundings: TrialSurroundings,
): Promise<Measurements> {
  const { outcome, id } = await runTrial(trial, surroundings);
  if (outcome.state === "ok") return outcome.measurements;
  throw new MeasurementError(
    `calibrate: every process must have a result, got ${outcome.state} from ${id}: ${outcome.message}`,
  );
}
