// Cross-entropies: from the logits of a final softmax or sigmoid where there is one, else from probabilities.
import { ShapeError } from "../errors.ts";
import {
  add,
  clip,
  div,
  log,
  mul,
  neg,
  oneHot,
  reduceSum,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  sparseSoftmaxCrossEntropy,
  sub,
} from "../functional.ts";
import { formatShape } from "../graph/shape.ts";
import type { TensorType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import type { LogitActivation } from "../layers/layer.ts";
import type { ModelOutput } from "../model/emit.ts";
import type { LossDefinition } from "./loss.ts";
import { meanPerSample, sameType, sumLast } from "./reduce.ts";

/** Probabilities are kept this far from 0 and 1 before their logarithm is taken, as Keras does. */
const epsilon = 1e-7;

/**
 * -sum over classes of target * log p, targets one-hot or soft [batch, ..., classes]. Options: fromLogits (false),
 * labelSmoothing s (0): targets become target * (1 - s) + s / classes (Szegedy et al. 2016, section 7).
 * Probabilities without a softmax layer are divided by their sum first.
 */
export const categoricalCrossentropy: LossDefinition = {
  configure: (read) => {
    const fromLogits = read.flag("fromLogits", false);
    const smoothing = read.number("labelSmoothing", 0, { min: 0, below: 1 });
    return {
      targetType: (prediction) => sameType(withClasses(prediction)),
      perSample: (output, target) => {
        const classes = target.shape.at(-1) ?? 1;
        const soft =
          smoothing === 0 ? target : add(mul(target, 1 - smoothing), smoothing / classes);
        const logits = logitsOf(output, "softmax", fromLogits);
        return meanPerSample(
          logits === undefined
            ? neg(sumLast(mul(soft, logProbabilities(output.value))))
            : softmaxCrossEntropy(logits, soft),
        );
      },
    };
  },
};

/** -log p of the labelled class; labels i32 [batch, ...]. Options: fromLogits (false). */
export const sparseCategoricalCrossentropy: LossDefinition = {
  configure: (read) => {
    const fromLogits = read.flag("fromLogits", false);
    return {
      targetType: (prediction) => ({
        dtype: "i32",
        shape: withClasses(prediction).shape.slice(0, -1),
      }),
      perSample: (output, labels) => {
        const logits = logitsOf(output, "softmax", fromLogits);
        if (logits !== undefined) return meanPerSample(sparseSoftmaxCrossEntropy(logits, labels));
        const hot = oneHot(labels, output.value.shape.at(-1) ?? 1, output.value.dtype);
        return meanPerSample(neg(sumLast(mul(hot, logProbabilities(output.value)))));
      },
    };
  },
};

/**
 * -(target log p + (1 - target) log(1 - p)), mean over outputs. Options: fromLogits (false), labelSmoothing s (0):
 * targets become target * (1 - s) + s / 2.
 */
export const binaryCrossentropy: LossDefinition = {
  configure: (read) => {
    const fromLogits = read.flag("fromLogits", false);
    const smoothing = read.number("labelSmoothing", 0, { min: 0, below: 1 });
    return {
      targetType: sameType,
      perSample: (output, target) => {
        const soft = smoothing === 0 ? target : add(mul(target, 1 - smoothing), smoothing / 2);
        const logits = logitsOf(output, "sigmoid", fromLogits);
        if (logits !== undefined) return meanPerSample(sigmoidCrossEntropy(logits, soft));
        const p = clip(output.value, epsilon, 1 - epsilon);
        const other = mul(sub(1, soft), log(sub(1, p)));
        return meanPerSample(neg(add(mul(soft, log(p)), other)));
      },
    };
  },
};

/** The logits behind a final activation, or the prediction itself if it is said to be logits. */
function logitsOf(
  { value, logits }: ModelOutput,
  activation: LogitActivation,
  fromLogits: boolean,
): Value | undefined {
  if (fromLogits) return value;
  return logits?.activation === activation ? logits.value : undefined;
}

function logProbabilities(prediction: Value): Value {
  const normalized = div(prediction, reduceSum(prediction, [-1], true));
  return log(clip(normalized, epsilon, 1 - epsilon));
}

function withClasses(prediction: TensorType): TensorType {
  if (prediction.shape.length >= 2) return prediction;
  throw new ShapeError(
    `prediction must be [batch, ..., classes], got ${formatShape(prediction.shape)}`,
  );
}
