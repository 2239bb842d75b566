// Margin losses of classifiers with scores.
import { add, maximum, mul, neg, reduceMax, reduceSum, square, sub } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import type { LossDefinition } from "./loss.ts";
import { meanPerSample, sameType } from "./reduce.ts";

/** Mean of max(0, 1 - target * prediction), targets -1 or 1. */
export const hinge: LossDefinition = margin((shortfall) => shortfall);

/** Mean of max(0, 1 - target * prediction)^2, targets -1 or 1. */
export const squaredHinge: LossDefinition = margin((shortfall) => square(shortfall));

/**
 * max(0, 1 + largest prediction of the other classes - prediction of the class), targets one-hot (Crammer and Singer
 * 2001). The largest of the others is max((1 - target) * prediction), as Keras defines it: never below 0.
 */
export const categoricalHinge: LossDefinition = {
  configure: () => ({
    targetType: sameType,
    perSample: ({ value }, target) => {
      const positive = reduceSum(mul(target, value), [-1]);
      const negative = reduceMax(mul(sub(1, target), value), [-1]);
      return meanPerSample(maximum(add(sub(negative, positive), 1), 0));
    },
  }),
};

function margin(penalize: (shortfall: Value) => Value): LossDefinition {
  return {
    configure: () => ({
      targetType: sameType,
      perSample: ({ value }, target) => {
        const shortfall = maximum(add(neg(mul(target, value)), 1), 0);
        return meanPerSample(penalize(shortfall));
      },
    }),
  };
}
