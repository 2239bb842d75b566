// Sum over axes.
import { broadcastTo, reshape } from "../functional.ts";
import type { Primitive } from "./op.ts";
import { keptShape, reduction, type ReduceAttrs } from "./reduce.ts";

/** Sum over `axes`; 0 for an empty axis. Integers wrap. */
export const reduceSum: Primitive<ReduceAttrs> = reduction({
  name: "reduceSum",
  initial: () => 0,
  step: (sum, value) => sum + value,
  vjp: ({ inputs: [x], grad, attrs: { axes } }) => [
    broadcastTo(reshape(grad, keptShape(x!.shape, axes)), x!.shape),
  ],
});
