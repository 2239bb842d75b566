// Reads metrics out of the vector of sums that a program returns. The report is plain data, so that a process that only
// has the sums can finish the metrics.
import { GraphError } from "../errors.ts";
import type { HostTensor } from "../graph/tensor.ts";
import type { NamedConfig } from "../model/config.ts";
import { configureMetric, ratioOf, type MetricSums } from "./metric.ts";

/** One metric: where its sums are, and how they become a number. */
export interface ReportEntry {
  /** Name under which it is reported, unique. */
  readonly name: string;
  /** The metric; absent: the quotient of the statistics `sum` and `count`. */
  readonly metric?: NamedConfig;
  readonly statistics: readonly StatisticPlace[];
}

/** Elements offset .. offset + size of the vector of sums. */
export interface StatisticPlace {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** Number of sums in a report. */
export function sumCount(report: readonly ReportEntry[]): number {
  return report.reduce(
    (total, { statistics }) => statistics.reduce((sum, { size }) => sum + size, total),
    0,
  );
}

/**
 * Adds the sums of one run to those before; the first call passes none. Kept in float64, so that many runs add up.
 *
 * @throws {GraphError} if the sums are not those of the report
 */
export function addSums(
  report: readonly ReportEntry[],
  run: HostTensor,
  before?: Float64Array,
): Float64Array {
  const count = sumCount(report);
  if (run.data.length !== count) {
    throw new GraphError(`metrics: there must be ${count} sums, got ${run.data.length}`);
  }
  const total = before === undefined ? new Float64Array(count) : Float64Array.from(before);
  run.data.forEach((value, i) => {
    total[i] = (total[i] ?? 0) + value;
  });
  return total;
}

/** Metrics by name from accumulated sums; NaN where a metric is undefined. */
export function finishMetrics(
  report: readonly ReportEntry[],
  sums: Float64Array,
): Record<string, number> {
  const entries = report.map(({ name, metric, statistics }) => {
    const places = new Map(statistics.map((place) => [place.name, place]));
    const read: MetricSums = (statistic) => {
      const place = places.get(statistic);
      return place === undefined ? [] : sums.subarray(place.offset, place.offset + place.size);
    };
    const value =
      metric === undefined ? ratioOf(read, "sum", "count") : configureMetric(metric).finish(read);
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}
