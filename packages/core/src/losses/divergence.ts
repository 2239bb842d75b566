// Losses that compare distributions and directions.
import { clip, div, log, maximum, mul, neg, reduceSum, sqrt, sub } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import type { LossDefinition } from "./loss.ts";
import { meanPerSample, sameType, sumLast } from "./reduce.ts";

/**
 * Sum over the last axis of target * log(target / prediction), both clipped to [1e-7, 1] (Kullback and Leibler 1951).
 */
export const klDivergence: LossDefinition = {
  configure: () => ({
    targetType: sameType,
    perSample: ({ value }, target) => {
      const p = clip(target, 1e-7, 1);
      const q = clip(value, 1e-7, 1);
      return meanPerSample(sumLast(mul(p, sub(log(p), log(q)))));
    },
  }),
};

/** Minus the cosine of the angle between target and prediction over the last axis: -1 is best; 0 for a zero vector. */
export const cosineSimilarity: LossDefinition = {
  configure: () => ({
    targetType: sameType,
    perSample: ({ value }, target) =>
      meanPerSample(neg(sumLast(mul(normalize(value), normalize(target))))),
  }),
};

/** x / sqrt(max(sum of x^2, 1e-12)) over the last axis. */
function normalize(x: Value): Value {
  return div(x, sqrt(maximum(reduceSum(mul(x, x), [-1], true), 1e-12)));
}
