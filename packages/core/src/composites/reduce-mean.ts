// Mean over axes.
import { broadcastTo, div, mul, reduceSum, reshape } from "../functional.ts";
import type { Composite } from "../ops/op.ts";
import { reducedShape, type ReduceAttrs } from "../ops/reduce.ts";
import { requireFloat } from "./activation.ts";
import { countOf } from "./axes.ts";

/** Arithmetic mean over `axes`; NaN over an axis of size 0. */
export const reduceMean: Composite<ReduceAttrs> = {
  kind: "composite",
  arity: 1,
  infer: ([x], attrs) => ({
    dtype: requireFloat("reduceMean", x!).dtype,
    shape: reducedShape("reduceMean", x!.shape, attrs),
  }),
  decompose: ([x], { axes, keepDims }) =>
    div(reduceSum(x!, axes, keepDims), countOf(x!.shape, axes)),
  // Each of n elements has the derivative 1 / n; the small gradient is scaled before it is spread.
  vjp: ({ inputs: [x], grad, attrs }) => {
    const kept = reducedShape("reduceMean", x!.shape, { ...attrs, keepDims: true });
    const share = mul(reshape(grad, kept), 1 / countOf(x!.shape, attrs.axes));
    return [broadcastTo(share, x!.shape)];
  },
};
