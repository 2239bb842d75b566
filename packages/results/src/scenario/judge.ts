// From the queries of a scenario to its metric, and whether the scenario's rules were kept.

import { quantile } from "../stats/quantile.ts";
import { sortSamples } from "../stats/sorted.ts";
import { allowedOverLatency, earlyStoppingEstimate, requiredQueries } from "./early-stopping.ts";
import type { ScenarioMetric, ScenarioResult, ScenarioSettings } from "./scenario.ts";

/** What a load generator saw. */
export interface ScenarioRun {
  /** Arrival to completion per query in order of arrival, integer ns; at least one. */
  readonly latencyNs: readonly number[];
  /** First arrival to last completion, ns. */
  readonly elapsedNs: number;
  /** Finished samples; more than one per query in offline and multi-stream. */
  readonly samples: number;
  readonly maxOutstanding: number;
  /** True if the time limit came before the queries were done. */
  readonly isCutShort: boolean;
}

/**
 * Judges a run by the rules of its scenario.
 *
 * @throws {@link RecordError} STATISTICS when there is no query
 */
export function judgeScenario(settings: ScenarioSettings, run: ScenarioRun): ScenarioResult {
  const { latencyNs, elapsedNs, samples, maxOutstanding } = run;
  const samplesPerSecond = elapsedNs === 0 ? 0 : (samples * 1e9) / elapsedNs;
  const metric = metricOf(settings, run, samplesPerSecond);
  const violations = violationsOf(settings, run, metric);
  return {
    settings,
    queries: latencyNs.length,
    elapsedNs,
    samplesPerSecond,
    latencyNs,
    metric,
    isValid: violations.length === 0,
    violations,
    maxOutstanding,
  };
}

function metricOf(
  { kind, percentile, latencyBoundNs }: ScenarioSettings,
  { latencyNs, elapsedNs }: ScenarioRun,
  samplesPerSecond: number,
): ScenarioMetric {
  if (kind === "offline") return { name: "samplesPerSecond", value: samplesPerSecond };
  const sorted = sortSamples(latencyNs);
  const estimate = earlyStoppingEstimate(sorted, percentile);
  const stated = estimate === undefined ? {} : { earlyStoppingNs: estimate };
  if (kind !== "server") {
    const requirement = { requiredQueries: requiredQueries(1, percentile) };
    const value = Math.round(quantile(sorted, percentile));
    return { name: "percentileNs", value, ...stated, ...requirement };
  }
  const overLatency = latencyNs.filter((ns) => ns > (latencyBoundNs ?? Infinity)).length;
  return {
    name: "queriesPerSecond",
    value: elapsedNs === 0 ? 0 : (latencyNs.length * 1e9) / elapsedNs,
    ...stated,
    overLatency,
    // Beyond the share that the percentile allows, no number of queries would do.
    ...(overLatency < latencyNs.length * (1 - percentile)
      ? { requiredQueries: requiredQueries(overLatency, percentile) }
      : {}),
  };
}

function violationsOf(
  { kind, minQueries, minDurationNs, percentile, latencyBoundNs }: ScenarioSettings,
  { latencyNs, elapsedNs, isCutShort }: ScenarioRun,
  { overLatency = 0, requiredQueries: required }: ScenarioMetric,
): readonly string[] {
  const queries = latencyNs.length;
  const violations: string[] = [];
  if (isCutShort) violations.push(`queries must end within the time limit, got ${queries} by then`);
  if (queries < minQueries) {
    violations.push(`queries must be at least ${minQueries}, got ${queries}`);
  }
  if (elapsedNs < minDurationNs) {
    violations.push(`duration must be at least ${minDurationNs} ns, got ${elapsedNs}`);
  }
  if (kind === "offline") return violations;
  if (kind !== "server") {
    if (required !== undefined && queries < required) {
      violations.push(
        `a statement about p${percentile * 100} needs at least ${required} queries, got ${queries}`,
      );
    }
    return violations;
  }
  if (overLatency > allowedOverLatency(queries, percentile)) {
    const enough = required === undefined ? "" : `; with ${required} queries so many may be`;
    violations.push(
      `p${percentile * 100} must be within ${latencyBoundNs ?? 0} ns at 99% confidence, got ${overLatency} of ${queries} queries over it${enough}`,
    );
  }
  return violations;
}
