// What a program measures of a model's outputs: the loss and the sums behind the metrics.
import { ModelError, ShapeError, UsageError } from "../errors.ts";
import { add, concat, div, greater, mul, reduceSum, reshape, select } from "../functional.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { configureLoss, type Loss } from "../losses/loss.ts";
import { configureMetric, totalWeight, weightedSum, type Judged } from "../metrics/metric.ts";
import type { ReportEntry } from "../metrics/report.ts";
import type { NamedConfig } from "../model/config.ts";
import { portName, type EmittedModel, type ModelOutput } from "../model/emit.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Reduce } from "../parallel/strategy.ts";

/** A part for every output: one for all, or one per output name. */
export type PerOutput<T> = T | { readonly outputs: Readonly<Record<string, T>> };

/** What to measure. */
export interface ObjectiveOptions {
  /** Loss of each output: `"meanSquaredError"`, or `{ outputs: { a: "huber", b: { name: ... } } }`. */
  readonly loss: PerOutput<NamedConfig>;
  /** Weight of each output's loss in the sum; default 1. */
  readonly lossWeights?: Readonly<Record<string, number>>;
  /** Metrics of each output; default none. */
  readonly metrics?: PerOutput<readonly NamedConfig[]>;
  /** Adds an input `mask` f32 [batch]: the weight of each sample, 0 for padding. Default false. */
  readonly isMasked?: boolean;
}

/** The rows of a program and how sums over rows meet those of other devices. */
export interface Rows {
  readonly batch: number;
  readonly globalBatch?: number;
  readonly reduceMetric?: Reduce;
}

/** Values of an emitted objective. */
export interface Objective {
  /** Sum over this program's rows divided by the rows of all devices (or their weights): what is differentiated. */
  readonly localLoss: Value;
  /** The same over all devices. */
  readonly loss: Value;
  /** Sums of the metrics one after the other, f32 [n], over all devices; absent if there are none. */
  readonly sums?: Value;
  readonly report: readonly ReportEntry[];
}

/**
 * Adds targets `y` (or `y/<output>`), the mask, the loss and the sums of metrics to a graph.
 *
 * @param withLossSums - adds entries for the loss of the samples, so that means over several runs are exact
 * @throws {UsageError} for an unknown loss, metric, option or output name
 * @throws {ModelError} if a loss or metric does not suit the output
 */
export function emitObjective(
  builder: GraphBuilder,
  spec: ModelSpec,
  model: EmittedModel,
  options: ObjectiveOptions,
  rows: Rows,
  withLossSums: boolean,
): Objective {
  checkOutputNames(spec, options);
  const reduce = rows.reduceMetric ?? ((value: Value): Value => value);
  const weights =
    options.isMasked === true ? builder.input("mask", "f32", [rows.batch]) : undefined;
  const divisor =
    weights === undefined
      ? (rows.globalBatch ?? rows.batch)
      : positive(reduce(reduceSum(weights), "mask"));
  const collector = sumCollector();
  const losses = model.outputs.map((output) => {
    const { loss, lossWeight, target } = judgeOutput(builder, spec, output, options);
    const judged = weights === undefined ? { output, target } : { output, target, weights };
    const sum = inOutput(output, () => weightedSum(loss.perSample(output, target), weights));
    const isSingle = model.outputs.length === 1;
    if (withLossSums) collector.addLoss(isSingle ? "loss" : `${output.name}/loss`, sum, judged);
    collector.addMetrics(output, judged, metricsOf(options, output.name), isSingle);
    return lossWeight === 1 ? sum : mul(sum, lossWeight);
  });
  const localLoss = div(
    losses.reduce((total, loss) => add(total, loss)),
    divisor,
  );
  const { sums, report } = collector.finish();
  const shared = sums === undefined ? {} : { sums: reduce(sums, "metrics") };
  return { localLoss, loss: reduce(localLoss, "loss"), ...shared, report };
}

interface JudgedOutput {
  readonly loss: Loss;
  readonly lossWeight: number;
  readonly target: Value;
}

function judgeOutput(
  builder: GraphBuilder,
  spec: ModelSpec,
  output: ModelOutput,
  options: ObjectiveOptions,
): JudgedOutput {
  const named = forOutput(options.loss, output.name);
  if (named === undefined) {
    throw new UsageError(`loss: every output must have one, got none for "${output.name}"`);
  }
  const loss = configureLoss(named);
  const type = inOutput(output, () => loss.targetType(output.value.type));
  const target = builder.input(portName("y", spec.outputs, output.name), type.dtype, type.shape);
  return { loss, target, lossWeight: options.lossWeights?.[output.name] ?? 1 };
}

function metricsOf({ metrics }: ObjectiveOptions, output: string): readonly NamedConfig[] {
  return metrics === undefined ? [] : (forOutput(metrics, output) ?? []);
}

function forOutput<T>(given: PerOutput<T>, name: string): T | undefined {
  const isPerOutput = typeof given === "object" && given !== null && "outputs" in given;
  return isPerOutput ? given.outputs[name] : given;
}

function checkOutputNames(spec: ModelSpec, options: ObjectiveOptions): void {
  const named = [options.loss, options.metrics].flatMap((given) =>
    typeof given === "object" && "outputs" in given && typeof given["outputs"] === "object"
      ? Object.keys(given["outputs"] as object)
      : [],
  );
  for (const name of [...named, ...Object.keys(options.lossWeights ?? {})]) {
    if (spec.outputs.includes(name)) continue;
    throw new UsageError(
      `model "${spec.name}": losses and metrics must be of outputs ${spec.outputs.join(", ")}, got "${name}"`,
    );
  }
}

/** Names the output in errors about shapes. */
function inOutput<T>(output: ModelOutput, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new ModelError(`output "${output.name}": ${error.message}`, { cause: error });
  }
}

/** The value, or 1 where it is not positive: a batch of padding alone has loss 0 and not NaN. */
function positive(value: Value): Value {
  return select(greater(value, 0), value, 1);
}

interface SumCollector {
  addLoss(name: string, sum: Value, judged: Judged): void;
  addMetrics(
    output: ModelOutput,
    judged: Judged,
    metrics: readonly NamedConfig[],
    isSingle: boolean,
  ): void;
  finish(): { readonly sums: Value | undefined; readonly report: readonly ReportEntry[] };
}

function sumCollector(): SumCollector {
  const parts: Value[] = [];
  const report: ReportEntry[] = [];
  let offset = 0;
  const addEntry = (
    entry: Omit<ReportEntry, "statistics">,
    statistics: Readonly<Record<string, Value>>,
  ): void => {
    const places = Object.entries(statistics).map(([name, value]) => {
      const size = sizeOf(value.shape);
      parts.push(reshape(value, [size]));
      offset += size;
      return { name, offset: offset - size, size };
    });
    report.push({ ...entry, statistics: places });
  };
  return {
    addLoss: (name, sum, judged) => {
      addEntry({ name }, { sum, count: totalWeight(judged) });
    },
    addMetrics: (output, judged, metrics, isSingle) => {
      for (const named of metrics) {
        const short = typeof named === "string" ? named : named.name;
        const name = freshName(report, isSingle ? short : `${output.name}/${short}`);
        const statistics = inOutput(output, () => configureMetric(named).statistics(judged));
        addEntry({ name, metric: named }, statistics);
      }
    },
    finish: () => ({ sums: parts.length === 0 ? undefined : concat(parts, 0), report }),
  };
}

/** The name, or with a number behind it if a metric of that name is reported already: `precision`, `precision_2`. */
function freshName(report: readonly ReportEntry[], name: string): string {
  const taken = new Set(report.map((entry) => entry.name));
  let fresh = name;
  for (let i = 2; taken.has(fresh); i++) fresh = `${name}_${i}`;
  return fresh;
}
