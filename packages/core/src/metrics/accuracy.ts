// Share of correct predictions.
import { argMax, cast, equal, greater } from "../functional.ts";
import { ShapeError } from "../errors.ts";
import { formatType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { meanPerSample } from "../losses/reduce.ts";
import {
  ratioOf,
  totalWeight,
  weightedSum,
  type Judged,
  type Metric,
  type MetricDefinition,
} from "./metric.ts";

/**
 * The accuracy that fits: sparse for i32 labels, categorical for targets over two classes or more, else binary. The
 * classes are the last axis. Options: threshold (0.5), for the binary case.
 */
export const accuracy: MetricDefinition = {
  configure: (read) => {
    const threshold = read.number("threshold", 0.5);
    return correctness((judged) => {
      const { target } = judged;
      if (target.dtype === "i32") return sparseHits(judged);
      return (target.shape.at(-1) ?? 1) > 1 && target.shape.length > 1
        ? categoricalHits(judged)
        : binaryHits(judged, threshold);
    });
  },
};

/** Share of samples whose largest prediction is where the largest target is. */
export const categoricalAccuracy: MetricDefinition = {
  configure: () => correctness(categoricalHits),
};

/** Share of samples whose largest prediction is at the labelled class. */
export const sparseCategoricalAccuracy: MetricDefinition = {
  configure: () => correctness(sparseHits),
};

/** Share of outputs on the same side of `threshold` (0.5) as their targets are of 0.5. */
export const binaryAccuracy: MetricDefinition = {
  configure: (read) => {
    const threshold = read.number("threshold", 0.5);
    return correctness((judged) => binaryHits(judged, threshold));
  },
};

/** Scores that rank classes as the prediction does: logits where known, which spares the softmax. */
export function scoresOf({ output }: Judged): Value {
  return output.logits?.activation === "softmax" ? output.logits.value : output.value;
}

/** A metric that is the weighted mean of per-sample scores: statistics `sum` and `count`. */
export function weightedMean(score: (judged: Judged) => Value): Metric {
  return {
    statistics: (judged) => ({
      sum: weightedSum(meanPerSample(score(judged)), judged.weights),
      count: totalWeight(judged),
    }),
    finish: (sums) => ratioOf(sums, "sum", "count"),
  };
}

function correctness(hits: (judged: Judged) => Value): Metric {
  return weightedMean((judged) => cast(hits(judged), "f32"));
}

function categoricalHits(judged: Judged): Value {
  const { output, target } = judged;
  if (target.dtype === "i32" || formatType(output.value.type) !== formatType(target.type)) {
    throw new ShapeError(
      `categorical accuracy: target must be of the output's type, got output ${formatType(output.value.type)}, target ${formatType(target.type)}`,
    );
  }
  return equal(argMax(scoresOf(judged), -1), argMax(target, -1));
}

function sparseHits(judged: Judged): Value {
  const { target } = judged;
  if (target.dtype !== "i32") {
    throw new ShapeError(
      `sparse accuracy: target must be i32 labels, got ${formatType(target.type)}`,
    );
  }
  return equal(argMax(scoresOf(judged), -1), target);
}

function binaryHits({ output, target }: Judged, threshold: number): Value {
  if (formatType(output.value.type) !== formatType(target.type)) {
    throw new ShapeError(
      `binary accuracy: target must be of the output's type, got output ${formatType(output.value.type)}, target ${formatType(target.type)}`,
    );
  }
  return equal(cast(greater(output.value, threshold), "f32"), cast(greater(target, 0.5), "f32"));
}
