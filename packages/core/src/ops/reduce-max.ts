// Largest element over axes.
import type { Primitive } from "./op.ts";
import { extreme, reduction, type ReduceAttrs } from "./reduce.ts";
import { shareAmongEquals } from "./reduce-extreme.ts";

/**
 * Largest element over `axes`; NaN if one is NaN; -Infinity (or the dtype's least integer) for an empty axis.
 * Equal extrema share the gradient equally.
 */
export const reduceMax: Primitive<ReduceAttrs> = reduction({
  name: "reduceMax",
  initial: (dtype) => extreme(dtype, 1),
  step: Math.max,
  vjp: shareAmongEquals,
});
