// Smallest element over axes.
import type { Primitive } from "./op.ts";
import { extreme, reduction, type ReduceAttrs } from "./reduce.ts";
import { shareAmongEquals } from "./reduce-extreme.ts";

/**
 * Smallest element over `axes`; NaN if one is NaN; Infinity (or the dtype's greatest integer) for an empty axis.
 * Equal extrema share the gradient equally.
 */
export const reduceMin: Primitive<ReduceAttrs> = reduction({
  name: "reduceMin",
  initial: (dtype) => extreme(dtype, -1),
  step: Math.min,
  vjp: shareAmongEquals,
});
