// Logarithm of a sum of exponentials.
import {
  add,
  exp,
  isFinite,
  log,
  mul,
  reduceMax,
  reduceSum,
  reshape,
  select,
  sub,
} from "../functional.ts";
import type { Composite } from "../ops/op.ts";
import { reducedShape, type ReduceAttrs } from "../ops/reduce.ts";
import { requireFloat } from "./activation.ts";

/**
 * log(sum(e^x)) over `axes`, as m + log(sum(e^(x - m))) with m = max(x), which cannot overflow (Blanchard, Higham and
 * Higham 2021, equation 1.4); -infinity if all x are.
 */
export const logSumExp: Composite<ReduceAttrs> = {
  kind: "composite",
  arity: 1,
  infer: ([x], attrs) => ({
    dtype: requireFloat("logSumExp", x!).dtype,
    shape: reducedShape("logSumExp", x!.shape, attrs),
  }),
  decompose: ([x], attrs) => {
    const max = reduceMax(x!, attrs.axes, true);
    // An infinite maximum would make infinity - infinity; without the shift the result is that infinity.
    const shift = select(isFinite(max), max, 0);
    const sum = reduceSum(exp(sub(x!, shift)), attrs.axes, true);
    return reshape(add(log(sum), shift), reducedShape("logSumExp", x!.shape, attrs));
  },
  // d/dx log(sum(e^x)) = e^x / sum(e^x) = e^(x - y).
  vjp: ({ inputs: [x], output, grad, attrs }) => {
    const kept = reducedShape("logSumExp", x!.shape, { ...attrs, keepDims: true });
    return [mul(reshape(grad, kept), exp(sub(x!, reshape(output, kept))))];
  },
};
