// Precision, recall and F1 from counts of hits, predictions and occurrences per class.
import { argMax, cast, greater, mul, oneHot, reduceSum } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import { classRows } from "./class-rows.ts";
import type { Metric, MetricDefinition } from "./metric.ts";

/**
 * Share of the predictions of a class that are right: hits / predicted. One score per output is judged against
 * `threshold` (0.5); of two classes or more the largest score is the prediction, unless a threshold is given, which
 * then judges each output by itself. Options: threshold, average: "macro" (mean over the classes that occur in target
 * or prediction) or "micro" (all classes counted as one). A class never predicted counts 0.
 */
export const precision: MetricDefinition = ofCounts(({ hits, predicted }) =>
  quotient(hits, predicted),
);

/** Share of the occurrences of a class that are found: hits / actual. Options and averages as precision. */
export const recall: MetricDefinition = ofCounts(({ hits, actual }) => quotient(hits, actual));

/**
 * Harmonic mean of precision and recall, 2 hits / (predicted + actual): van Rijsbergen 1979, with beta = 1. Options and
 * averages as precision; macro is the mean of the classes' F1.
 */
export const f1: MetricDefinition = ofCounts(({ hits, predicted, actual }) =>
  quotient(2 * hits, predicted + actual),
);

/** Weighted counts of one class. */
interface Counts {
  readonly hits: number;
  readonly predicted: number;
  readonly actual: number;
}

function quotient(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function ofCounts(score: (counts: Counts) => number): MetricDefinition {
  return {
    configure: (read): Metric => {
      const given = read.optionalNumber("threshold");
      const average = read.choice("average", ["macro", "micro"], "macro");
      return {
        statistics: (judged) => {
          const rows = classRows(judged, read.where, given !== undefined);
          const { scores, actual, weights, isExclusive } = rows;
          const predicted = isExclusive
            ? oneHot(argMax(scores, -1), scores.shape[1] ?? 1)
            : cast(greater(scores, given ?? 0.5), "f32");
          const count = (flags: Value): Value =>
            reduceSum(weights === undefined ? flags : mul(flags, weights), [0]);
          const hits = count(mul(predicted, actual));
          return { hits, predicted: count(predicted), actual: count(actual) };
        },
        finish: (sums) => {
          const at = (name: string, i: number): number => sums(name)[i] ?? 0;
          const classes = Array.from({ length: sums("hits").length }, (_, i) => ({
            hits: at("hits", i),
            predicted: at("predicted", i),
            actual: at("actual", i),
          }));
          if (average === "micro") return score(classes.reduce(addCounts, none));
          const seen = classes.filter(({ predicted, actual }) => predicted + actual > 0);
          const total = seen.reduce((sum, counts) => sum + score(counts), 0);
          return quotient(total, seen.length);
        },
      };
    },
  };
}

const none: Counts = { hits: 0, predicted: 0, actual: 0 };

function addCounts(a: Counts, b: Counts): Counts {
  return {
    hits: a.hits + b.hits,
    predicted: a.predicted + b.predicted,
    actual: a.actual + b.actual,
  };
}
