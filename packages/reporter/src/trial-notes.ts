// What a trial has to say beside its numbers: tails that are not stated and why, the scenario's verdict, the machine.

import { configurationKey } from "@fastgpu/results";
import type { Measurements, RunRecord, ScenarioResult, Timing } from "@fastgpu/results";
import { formatDuration, formatNumber, formatRate, formatShare } from "./format.ts";
import { plainText } from "./safe-text.ts";

/** Others used so much of the processors that the numbers may be theirs too. */
const noticeableShare = 0.05;

/** Steps of the device's clock above this share of the kernels' time make their sum a guess. */
const coarseShare = 0.01;

/** Notes of a trial, one line each. */
export function trialNotes(measurements: Measurements): readonly string[] {
  const { timing, scenario, conditions, metrics } = measurements;
  const notes: string[] = [];
  if (timing !== undefined) notes.push(...tailNotes(timing));
  if (scenario !== undefined) notes.push(describeScenario(scenario), ...scenario.violations);
  if (timing !== undefined && timing.voidSamples.length > 0) {
    const [first] = timing.voidSamples;
    notes.push(
      `${timing.voidSamples.length} of ${timing.latencyNs.length} samples void, such as ${first?.cause ?? ""}: ${first?.evidence ?? ""}`,
    );
  }
  const { timestampQuantumNs = 0, split } = timing ?? {};
  if (timestampQuantumNs > coarseShare * (split?.computeNs ?? Infinity)) {
    notes.push(`kernel times ${describeKernelClock(timestampQuantumNs)}`);
  }
  const { foreignCpuShare = 0, energyJoules } = conditions ?? {};
  if (foreignCpuShare > noticeableShare) {
    notes.push(`other processes used ${formatShare(foreignCpuShare)} of the processors meanwhile`);
  }
  if (energyJoules !== undefined) {
    const watts = metrics["meanPowerWatts"];
    notes.push(
      `energy ${formatNumber(energyJoules)} J${watts === undefined ? "" : `, mean ${formatNumber(watts)} W`}`,
    );
  }
  return notes.map(plainText);
}

/** Notes of all trials of a record, each under the key of its configuration. */
export function recordNotes(record: RunRecord): readonly (readonly [string, readonly string[]])[] {
  return record.trials.flatMap(({ config, outcome }) => {
    const notes = outcome.state === "ok" ? trialNotes(outcome.measurements) : [];
    return notes.length === 0 ? [] : [[plainText(configurationKey(config)), notes] as const];
  });
}

/** A scenario in one line, as `server: 998 queries/s, 3 of 2,000 over 10.0 ms, VALID`. */
export function describeScenario({ settings, metric, queries, isValid }: ScenarioResult): string {
  const verdict = isValid ? "VALID" : "INVALID";
  const { kind, percentile, latencyBoundNs = 0 } = settings;
  const early =
    metric.earlyStoppingNs === undefined
      ? ""
      : `, at most ${formatDuration(metric.earlyStoppingNs)} at 99% confidence`;
  switch (metric.name) {
    case "samplesPerSecond":
      return `${kind}: ${formatRate(metric.value)} samples/s, ${verdict}`;
    case "percentileNs":
      return `${kind}: p${formatNumber(percentile * 100)} ${formatDuration(metric.value)} of ${queries} queries${early}, ${verdict}`;
    case "queriesPerSecond":
      return `${kind}: ${formatRate(metric.value)} queries/s, ${metric.overLatency ?? 0} of ${queries} over ${formatDuration(latencyBoundNs)}${early}, ${verdict}`;
  }
}

/** What the clock behind kernel times can tell, as `in steps of 65.5 µs`. */
export function describeKernelClock(quantumNs: number): string {
  return `in steps of ${formatDuration(quantumNs)}`;
}

function tailNotes({ latency }: Timing): readonly string[] {
  const stated = [
    ...(latency.p99Ns === undefined ? [] : [`p99 ${formatDuration(latency.p99Ns)}`]),
    ...(latency.p999Ns === undefined ? [] : [`p99.9 ${formatDuration(latency.p999Ns)}`]),
    `max ${formatDuration(latency.maxNs)}`,
  ].join(", ");
  // The first reason covers the others: who lacks samples for p99 lacks them for p99.9.
  const [withheld] = latency.withheld;
  return [withheld === undefined ? stated : `${stated}; ${withheld.reason}`];
}
