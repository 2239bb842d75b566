// Logarithm of softmax.
import { exp, log, mul, reduceMax, reduceSum, sub } from "../functional.ts";
import { normalizeAxis } from "../graph/shape.ts";
import type { Composite } from "../ops/op.ts";
import { requireFloat } from "./activation.ts";
import type { SoftmaxAttrs } from "./softmax.ts";

/** (x - m) - log(sum(e^(x - m))), m = max(x) along `axis`: finite where log(softmax(x)) would underflow. */
export const logSoftmax: Composite<SoftmaxAttrs> = {
  kind: "composite",
  arity: 1,
  infer: ([x], { axis }) => {
    normalizeAxis("logSoftmax", axis, x!.shape.length);
    return requireFloat("logSoftmax", x!);
  },
  decompose: ([x], { axis }) => {
    const shifted = sub(x!, reduceMax(x!, [axis], true));
    return sub(shifted, log(reduceSum(exp(shifted), [axis], true)));
  },
  // dy_i/dx_j = delta_ij - softmax_j, so dx = dy - softmax(x) sum(dy), and softmax(x) = e^y.
  vjp: ({ output: y, grad, attrs: { axis } }) => [
    sub(grad, mul(exp(y), reduceSum(grad, [axis], true))),
  ],
};
