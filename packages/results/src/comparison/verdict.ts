// From metrics to a benchmark's verdict, from benchmarks to that of the comparison, and to the exit code.

import { gateMetrics } from "./gate-metric.ts";
import type {
  BenchmarkComparison,
  BenchmarkVerdict,
  Comparison,
  ComparisonHeader,
  MetricComparison,
  OverallVerdict,
} from "./comparison.ts";

/** A benchmark's verdict from its metrics. */
export interface MetricsVerdict {
  readonly verdict: BenchmarkVerdict;
  readonly reason: string;
  /** More rounds could decide. */
  readonly isOpen: boolean;
}

/**
 * REGRESSED if any metric is. UNDECIDED if a primary metric is, or a guard whose estimate is beyond its margin. Else
 * IMPROVED if a primary metric is, else PASS.
 */
export function verdictOf(metrics: readonly MetricComparison[]): MetricsVerdict {
  if (metrics.length === 0) {
    return { verdict: "NOT_COMPARABLE", reason: "no gated metric was measured", isOpen: false };
  }
  const regressed = metrics.filter(({ verdict }) => verdict === "REGRESSED");
  if (regressed.length > 0) {
    return {
      verdict: "REGRESSED",
      reason: regressed.map(describeMetric).join(", "),
      isOpen: false,
    };
  }
  const undecided = metrics.filter(
    (metric) => metric.verdict === "UNDECIDED" && isPressing(metric),
  );
  if (undecided.length > 0) {
    const reason = undecided.map(describeUndecided).join(", ");
    return { verdict: "UNDECIDED", reason, isOpen: true };
  }
  const improved = metrics.filter(
    ({ verdict, role }) => verdict === "IMPROVED" && role === "primary",
  );
  if (improved.length > 0) {
    return { verdict: "IMPROVED", reason: improved.map(describeMetric).join(", "), isOpen: false };
  }
  const [first] = metrics;
  return {
    verdict: "PASS",
    reason: first === undefined ? "" : describeMetric(first),
    isOpen: false,
  };
}

/** A guard is noisy by nature; it holds a benchmark open only while it points at a regression. */
function isPressing({ name, role, margin, change }: MetricComparison): boolean {
  if (role === "primary") return true;
  const worse = gateMetrics[name].better === "lower" ? change : 1 / (1 + change) - 1;
  return worse > margin;
}

function describeMetric({ name, change, interval, margin }: MetricComparison): string {
  const range =
    interval === undefined ? "" : ` [${percent(interval.low)}, ${percent(interval.high)}]`;
  return `${name} ${percent(change)}${range}, margin ${(margin * 100).toFixed(1)}%`;
}

function describeUndecided(metric: MetricComparison): string {
  const { detectableChange, rounds } = metric;
  const seen =
    detectableChange === undefined
      ? `${rounds} rounds are too few`
      : `${rounds} rounds would have shown ${percent(detectableChange)} with 90% power`;
  return `${describeMetric(metric)} (${seen})`;
}

function percent(ratio: number): string {
  return `${ratio < 0 ? "" : "+"}${(ratio * 100).toFixed(1)}%`;
}

/** The comparison from its benchmarks. */
export function completeComparison(
  header: ComparisonHeader,
  benchmarks: readonly BenchmarkComparison[],
  end: Pick<Comparison, "status" | "finishedAt">,
): Comparison {
  const logs = benchmarks.flatMap(({ metrics }) => {
    const latency = metrics.find(({ name }) => name === "latency");
    return latency === undefined ? [] : [Math.log1p(latency.change)];
  });
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return {
    ...header,
    ...end,
    benchmarks: benchmarks.map(
      ({ key, config, verdict, reason, counters, metrics, rounds }): BenchmarkComparison => ({
        key,
        config,
        verdict,
        reason,
        counters,
        metrics,
        rounds,
      }),
    ),
    verdict: overallVerdict(benchmarks),
    ...(logs.length === 0 ? {} : { geometricMeanChange: Math.expm1(mean) }),
  };
}

/** Gravest first; see `comparisonExitCode`. */
const gravity: readonly BenchmarkVerdict[] = [
  "CRASHED",
  "MISSING",
  "REGRESSED",
  "NOT_COMPARABLE",
  "INVALID",
  "NOT_MEASURED",
  "UNDECIDED",
  "IMPROVED",
  "PASS",
];

function overallVerdict(benchmarks: readonly BenchmarkComparison[]): OverallVerdict {
  const verdicts = new Set(benchmarks.map(({ verdict }) => verdict));
  return gravity.find((verdict) => verdicts.has(verdict)) ?? "NOTHING_MEASURED";
}

/** Exit codes of `compare`. */
export type ComparisonExitCode = 0 | 1 | 2 | 3 | 4 | 5;

/**
 * 5 a benchmark crashed in head, 2 one is missing in head, 1 a regression, 3 something is not comparable or nothing was
 * measured, 4 undecided and strict, 0 otherwise. Where several hold, the first of this list.
 */
export function comparisonExitCode(
  { verdict }: Pick<Comparison, "verdict">,
  { isStrict }: { readonly isStrict: boolean },
): ComparisonExitCode {
  switch (verdict) {
    case "CRASHED":
      return 5;
    case "MISSING":
      return 2;
    case "REGRESSED":
      return 1;
    case "NOT_COMPARABLE":
    case "INVALID":
    case "NOT_MEASURED":
    case "NOTHING_MEASURED":
    case "NEW":
    case "UNSUPPORTED":
      return 3;
    case "UNDECIDED":
      return isStrict ? 4 : 0;
    case "IMPROVED":
    case "PASS":
      return 0;
  }
}
