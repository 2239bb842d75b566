// Limits values to a range.
import { ShapeError } from "../errors.ts";
import { greater, less, maximum, minimum, or, select } from "../functional.ts";
import type { Composite } from "../ops/op.ts";

/** The range, min <= max. */
export interface ClipAttrs {
  readonly min: number;
  readonly max: number;
}

/** min(max(x, min), max), of any number dtype; the gradient passes where min <= x <= max, the ends included. */
export const clip: Composite<ClipAttrs> = {
  kind: "composite",
  arity: 1,
  infer: ([x], { min, max }) => {
    if (!(min <= max)) throw new ShapeError(`clip: min <= max must hold, got ${min} and ${max}`);
    if (x!.dtype === "bool") throw new ShapeError("clip: operand must be a number, got bool");
    return x!;
  },
  decompose: ([x], { min, max }) => minimum(maximum(x!, min), max),
  vjp: ({ inputs: [x], grad, attrs: { min, max } }) => {
    const outside = or(less(x!, min), greater(x!, max));
    return [select(outside, 0, grad)];
  },
};
