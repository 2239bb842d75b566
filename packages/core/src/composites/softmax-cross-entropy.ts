// Cross-entropy of a softmax against a distribution over classes, from logits.
import { ShapeError } from "../errors.ts";
import { exp, logSoftmax, mul, neg, reduceSum, reshape, sub } from "../functional.ts";
import { formatType } from "../graph/tensor.ts";
import { sameShape } from "../graph/shape.ts";
import type { Composite } from "../ops/op.ts";
import { requireFloat } from "./activation.ts";

/**
 * logits [..., c], targets [..., c] -> [...]: -sum(targets log(softmax(logits))) over the last axis. Bishop 2006,
 * equation 4.108; the targets need not sum to 1.
 */
export const softmaxCrossEntropy: Composite = {
  kind: "composite",
  arity: 2,
  infer: ([logits, targets]) => {
    requireFloat("softmaxCrossEntropy", logits!);
    const fits = logits!.dtype === targets!.dtype && sameShape(logits!.shape, targets!.shape);
    if (!fits || logits!.shape.length === 0) {
      throw new ShapeError(
        `softmaxCrossEntropy: logits and targets must have one type [..., c], got ${formatType(logits!)} and ${formatType(targets!)}`,
      );
    }
    return { dtype: logits!.dtype, shape: logits!.shape.slice(0, -1) };
  },
  decompose: ([logits, targets]) => neg(reduceSum(mul(targets!, logSoftmax(logits!, -1)), [-1])),
  // d/dlogits = softmax sum(t) - t (Bishop 2006, equation 4.109, there with sum(t) = 1); d/dtargets = -log(softmax).
  // The softmax is e^logSoftmax so that both passes share one logSoftmax.
  vjp: ({ inputs: [logits, targets], grad }) => {
    const logProbabilities = logSoftmax(logits!, -1);
    const column = reshape(grad, [...grad.shape, 1]);
    const total = reduceSum(targets!, [-1], true);
    const residual = sub(mul(exp(logProbabilities), total), targets!);
    return [mul(residual, column), mul(logProbabilities, neg(column))];
  },
};
