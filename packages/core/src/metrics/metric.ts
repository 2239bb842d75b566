// The contract of a metric: sums that a program computes over its rows, and a pure function of the accumulated sums.
// Sums add up over batches and devices, so a metric of a whole data set is exact whatever the batches are.
import { mul, reduceSum } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import { configureNamed, type Configurable, type NamedConfig } from "../model/config.ts";
import type { ModelOutput } from "../model/emit.ts";
import * as table from "./table.ts";

/** A metric kind. */
export type MetricDefinition = Configurable<Metric>;

/** What a metric judges. */
export interface Judged {
  readonly output: ModelOutput;
  /** Targets of the output's loss: i32 class labels, or f32 of the output's shape. */
  readonly target: Value;
  /** Weight of each sample [batch], f32, 0 for padding; absent: 1 each. */
  readonly weights?: Value;
}

/** A configured metric. */
export interface Metric {
  /**
   * Sums over the rows, f32, each [] or [n].
   *
   * @throws {ShapeError} with the bare rule if output and target do not suit the metric
   */
  readonly statistics: (judged: Judged) => Readonly<Record<string, Value>>;
  /** The metric from the accumulated sums; NaN where it is undefined, such as a mean over nothing. */
  readonly finish: (sums: MetricSums) => number;
}

/** Accumulated sums of one metric, by the names of its statistics. */
export type MetricSums = (statistic: string) => ArrayLike<number>;

/** Finds and configures a metric. @throws {UsageError} for an unknown name or option */
export function configureMetric(named: NamedConfig): Metric {
  return configureNamed("metric", table, named);
}

/** Sum of per-sample numbers [batch], weighted. */
export function weightedSum(perSample: Value, weights: Value | undefined): Value {
  return reduceSum(weights === undefined ? perSample : mul(perSample, weights));
}

/** Sum of the weights of the samples. */
export function totalWeight({ target, weights }: Judged): Value {
  return weights === undefined
    ? target.emitter.scalar(target.shape[0] ?? 0, "f32")
    : reduceSum(weights);
}

/** The single number of a scalar statistic. */
export function scalarOf(sums: MetricSums, statistic: string): number {
  return sums(statistic)[0] ?? NaN;
}

/** Quotient of two scalar statistics. */
export function ratioOf(sums: MetricSums, numerator: string, denominator: string): number {
  return scalarOf(sums, numerator) / scalarOf(sums, denominator);
}
