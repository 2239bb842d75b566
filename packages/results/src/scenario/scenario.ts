// Results of a load generator after MLPerf Inference's LoadGen: queries arrive by a scenario's rule, and the metric
// of the scenario is computed from their latencies. Reddi et al. (2020), "MLPerf Inference Benchmark", ISCA, section
// III.C; rules: https://github.com/mlcommons/inference_policies/blob/master/inference_rules.adoc

/** Which arrivals: all at once, one after another, several at a time, or by a Poisson process. */
export type ScenarioKind = "offline" | "single-stream" | "multi-stream" | "server";

/** What a scenario asks for. */
export interface ScenarioSettings {
  readonly kind: ScenarioKind;
  /** Queries to issue at least; more are issued until the shortest duration is over. */
  readonly minQueries: number;
  readonly minDurationNs: number;
  /** The run ends here even with fewer queries, and is then not valid. */
  readonly maxDurationNs: number;
  /** Samples of a query: 8 in `multi-stream`, all in `offline`, else 1. */
  readonly samplesPerQuery: number;
  /** Mean rate of arrivals of `server`, 1/s. */
  readonly targetQueriesPerSecond?: number;
  /** Latency that queries must keep, ns; for `server`. */
  readonly latencyBoundNs?: number;
  /** Share of queries that must keep the bound, or the quantile that is reported: 0.99 in `server` and `multi-stream`, 0.9 in `single-stream`. */
  readonly percentile: number;
  /** Seed of the arrivals. */
  readonly seed: number;
}

/** How a scenario went. */
export interface ScenarioResult {
  readonly settings: ScenarioSettings;
  /** Issued and finished. */
  readonly queries: number;
  /** First arrival to last completion, ns. */
  readonly elapsedNs: number;
  /** Finished samples per second over `elapsedNs`. */
  readonly samplesPerSecond: number;
  /** Arrival to completion per query in order of arrival, waiting included, integer ns. */
  readonly latencyNs: readonly number[];
  /** The metric by which MLPerf ranks the scenario. */
  readonly metric: ScenarioMetric;
  /** Whether the rules of the scenario were kept. */
  readonly isValid: boolean;
  /** Rules that were broken, one line each; empty for a valid run. */
  readonly violations: readonly string[];
  /** Highest number of queries that waited or ran at once. */
  readonly maxOutstanding: number;
}

/** The number of a scenario. */
export interface ScenarioMetric {
  /** `samplesPerSecond` (offline), `percentileNs` (streams), `queriesPerSecond` (server). */
  readonly name: "samplesPerSecond" | "percentileNs" | "queriesPerSecond";
  readonly value: number;
  /** Upper confidence bound of the percentile that early stopping allows to state, ns; absent without enough queries. */
  readonly earlyStoppingNs?: number;
  /** Queries over the latency bound, for `server`. */
  readonly overLatency?: number;
  /** Queries that had to be processed for a statement with this many over the bound. */
  readonly requiredQueries?: number;
}
