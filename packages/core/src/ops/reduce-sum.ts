// Sum over axes.
import { broadcastTo, reshape } from "../functional.ts";
import { sizeOf } from "../graph/shape.ts";
import { wrap } from "./elementwise.ts";
import { streamedBytes, type Primitive } from "./op.ts";
import { fold, reducedShape, type ReduceAttrs } from "./reduce.ts";

/** Sum over `axes`; 0 for an empty axis. */
export const reduceSum: Primitive<ReduceAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([x], attrs) => ({ dtype: x!.dtype, shape: reducedShape("reduceSum", x!.shape, attrs) }),
  vjp: ({ inputs: [x], grad, attrs }) => {
    const kept = reducedShape("reduceSum", x!.shape, { ...attrs, keepDims: true });
    return [broadcastTo(reshape(grad, kept), x!.shape)];
  },
  evaluate: ([x], { axes }) =>
    fold(x!, axes, 0, (sum, value) => sum + value).map((sum) => wrap(x!.dtype, sum)),
  flops: ([x]) => sizeOf(x!.shape),
  bytes: streamedBytes,
};
