// The noise between identical processes: pairs of fresh processes that do the same work, back to back, order ABBA.
import {
  chooseSummary,
  configurationKey,
  costSummaries,
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

const value: readonly ProcessSummary[] = [{ kind: "value" }];

const sources: readonly NoiseSource[] = [
  {
    metric: "latency",
    samples: ({ timing }) => timing?.latencyNs ?? [],
    summaries: costSummaries,
  },
  {
    metric: "throughput",
    samples: ({ timing }) => (timing === undefined ? [] : [timing.samplesPerSecond]),
    summaries: value,
  },
  {
    metric: "p95",
    samples: ({ timing }) => timing?.latencyNs ?? [],
    summaries: [{ kind: "quantile", probability: 0.95 }],
  },
  { metric: "peakMemory", samples: ({ memory }) => [memory.peakRssBytes], summaries: value },
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
  return sources.map(({ metric, samples, summaries }) => {
    const noise = chooseSummary(
      measured.map(([first, second]) => [samples(first), samples(second)] as const),
      summaries,
    );
    return { workload, metric, pairs, ...noise };
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
