// Exponential linear unit.
import { add, exp, greater, minimum, mul, select, sub } from "../functional.ts";
import type { Composite } from "../ops/op.ts";
import { activation } from "./activation.ts";

/** Minus the limit for x -> -infinity. */
export interface EluAttrs {
  readonly alpha: number;
}

/** x for x > 0, else alpha (e^x - 1). Clevert, Unterthiner and Hochreiter 2016, equation 15. */
export const elu: Composite<EluAttrs> = activation<EluAttrs>({
  name: "elu",
  // The minimum keeps the side that is not taken from overflowing.
  decompose: (x, { alpha }) => select(greater(x, 0), x, mul(sub(exp(minimum(x, 0)), 1), alpha)),
  // For x <= 0: d/dx alpha (e^x - 1) = alpha e^x = y + alpha.
  vjp: ({ x, output, grad, attrs: { alpha } }) =>
    select(greater(x, 0), grad, mul(grad, add(output, alpha))),
});
