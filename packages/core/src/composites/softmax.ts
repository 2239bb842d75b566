// Normalised exponentials along one axis.
import { div, exp, mul, reduceMax, reduceSum, sub } from "../functional.ts";
import { normalizeAxis } from "../graph/shape.ts";
import type { Composite } from "../ops/op.ts";
import { requireFloat } from "./activation.ts";

/** The axis whose elements sum to 1, in [-rank, rank). */
export interface SoftmaxAttrs {
  readonly axis: number;
}

/** e^(x - m) / sum(e^(x - m)), m = max(x) along `axis`. Bridle 1990, equation 1; the shift by m changes nothing. */
export const softmax: Composite<SoftmaxAttrs> = {
  kind: "composite",
  arity: 1,
  infer: ([x], { axis }) => {
    normalizeAxis("softmax", axis, x!.shape.length);
    return requireFloat("softmax", x!);
  },
  decompose: ([x], { axis }) => {
    const powers = exp(sub(x!, reduceMax(x!, [axis], true)));
    return div(powers, reduceSum(powers, [axis], true));
  },
  // dy_i/dx_j = y_i (delta_ij - y_j), so dx = y (dy - sum(dy y)).
  vjp: ({ output: y, grad, attrs: { axis } }) => [
    mul(y, sub(grad, reduceSum(mul(grad, y), [axis], true))),
  ],
};
