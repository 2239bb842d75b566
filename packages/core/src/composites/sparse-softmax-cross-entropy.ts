// Cross-entropy of a softmax against class indices, from logits.
import { ShapeError } from "../errors.ts";
import {
  equal,
  exp,
  iota,
  logSoftmax,
  mul,
  neg,
  oneHot,
  reduceSum,
  reshape,
  select,
  sub,
} from "../functional.ts";
import { formatType } from "../graph/tensor.ts";
import { sameShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import type { Composite } from "../ops/op.ts";
import { requireFloat } from "./activation.ts";

/**
 * logits [..., c], labels i32 [...] -> [...]: -log(softmax(logits))[label] over the last axis. Bishop 2006, equation
 * 4.108; 0 for a label outside [0, c).
 */
export const sparseSoftmaxCrossEntropy: Composite = {
  kind: "composite",
  arity: 2,
  infer: ([logits, labels]) => {
    requireFloat("sparseSoftmaxCrossEntropy", logits!);
    const fits =
      labels!.dtype === "i32" &&
      logits!.shape.length > 0 &&
      sameShape(logits!.shape.slice(0, -1), labels!.shape);
    if (!fits) {
      throw new ShapeError(
        `sparseSoftmaxCrossEntropy: logits must be [..., c] and labels i32 [...], got ${formatType(logits!)} and ${formatType(labels!)}`,
      );
    }
    return { dtype: logits!.dtype, shape: labels!.shape };
  },
  // Selected, not multiplied by 0 and 1, so that a class masked by a logit of -infinity adds 0 and not NaN.
  decompose: ([logits, labels]) => {
    const picked = select(isLabel(logits!, labels!), logSoftmax(logits!), 0);
    return neg(reduceSum(picked, [-1]));
  },
  // d/dlogits = softmax sum(t) - t with t the indicator of the label (Bishop 2006, equation 4.109).
  vjp: ({ inputs: [logits, labels], grad }) => {
    const targets = oneHot(labels!, logits!.shape.at(-1)!, logits!.dtype);
    const total = reduceSum(targets, [-1], true);
    const residual = sub(mul(exp(logSoftmax(logits!, -1)), total), targets);
    return [mul(residual, reshape(grad, [...grad.shape, 1])), undefined];
  },
};

function isLabel(logits: Value, labels: Value): Value {
  const classes = iota(labels.emitter, "i32", logits.shape.slice(-1));
  return equal(reshape(labels, [...labels.shape, 1]), classes);
}
