// The gradient that the largest and the smallest element have in common.
import { cast, div, equal, mul, reduceSum, reshape } from "../functional.ts";
import type { VjpRule } from "./op.ts";
import { keptShape, type ReduceAttrs } from "./reduce.ts";

/** Splits the gradient in equal parts among the elements that equal the result. */
export const shareAmongEquals: VjpRule<ReduceAttrs> = ({ inputs: [x], output, grad, attrs }) => {
  const kept = keptShape(x!.shape, attrs.axes);
  const winners = cast(equal(x!, reshape(output, kept)), grad.dtype);
  const count = reduceSum(winners, attrs.axes, true);
  return [mul(winners, div(reshape(grad, kept), count))];
};
