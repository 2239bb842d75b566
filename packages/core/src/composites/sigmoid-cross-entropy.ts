// Binary cross-entropy from logits.
import { ShapeError } from "../errors.ts";
import { abs, add, exp, log, maximum, mul, neg, sigmoid, sub, sumTo } from "../functional.ts";
import { broadcastShapes } from "../graph/shape.ts";
import type { Composite } from "../ops/op.ts";
import { requireFloat } from "./activation.ts";

/**
 * -t log(s) - (1 - t) log(1 - s), s = sigmoid(logits), on each element with numpy broadcasting, as
 * max(x, 0) - x t + log(1 + e^-|x|), which cannot overflow. Bishop 2006, equation 4.90.
 */
export const sigmoidCrossEntropy: Composite = {
  kind: "composite",
  arity: 2,
  infer: ([logits, targets]) => {
    const { dtype } = requireFloat("sigmoidCrossEntropy", logits!);
    if (dtype !== targets!.dtype) {
      throw new ShapeError(
        `sigmoidCrossEntropy: dtypes must match, got logits=${dtype}, targets=${targets!.dtype}; cast one`,
      );
    }
    return {
      dtype,
      shape: broadcastShapes("sigmoidCrossEntropy", logits!.shape, targets!.shape),
    };
  },
  decompose: ([x, t]) => {
    const linear = sub(maximum(x!, 0), mul(x!, t!));
    return add(linear, log(add(exp(neg(abs(x!))), 1)));
  },
  // d/dx = sigmoid(x) - t (Bishop 2006, equation 4.91); d/dt = -x.
  vjp: ({ inputs: [x, t], grad }) => [
    sumTo(mul(sub(sigmoid(x!), t!), grad), x!.shape),
    sumTo(mul(neg(x!), grad), t!.shape),
  ],
};
