// Normalisation of each channel by the statistics of the batch itself: batch normalisation while training.
import { add, mul, reduceMean, reduceSum, reshape } from "../functional.ts";
import type { Composite } from "../ops/op.ts";
import { alongAxis, axesExcept } from "./axes.ts";
import { checkChannels, type BatchNormAttrs } from "./batch-norm.ts";
import { normalize, normalizeGrad } from "./normalize.ts";

/**
 * x [n, c, ...], scale [c], bias [c] -> (x - mean) / sqrt(variance + epsilon) scale + bias, with mean and biased
 * variance of each channel over all other axes. Ioffe and Szegedy 2015, algorithm 1.
 */
export const batchNormTraining: Composite<BatchNormAttrs> = {
  kind: "composite",
  arity: 3,
  infer: ([x, ...perChannel]) => checkChannels("batchNormTraining", x!, perChannel),
  decompose: ([x, scale, bias], { epsilon }) => {
    const { normalized } = normalize(x!, axesExcept(1, x!.shape.length), epsilon);
    const perChannel = alongAxis(scale!.shape[0]!, 1, x!.shape.length);
    return add(mul(normalized, reshape(scale!, perChannel)), reshape(bias!, perChannel));
  },
  vjp: ({ inputs: [x, scale], grad, attrs: { epsilon } }) => {
    const others = axesExcept(1, x!.shape.length);
    const parts = normalize(x!, others, epsilon);
    const gradNormalized = mul(
      grad,
      reshape(scale!, alongAxis(scale!.shape[0]!, 1, x!.shape.length)),
    );
    return [
      normalizeGrad(parts, gradNormalized, (value) => reduceMean(value, others, true)),
      reduceSum(mul(grad, parts.normalized), others),
      reduceSum(grad, others),
    ];
  },
};
