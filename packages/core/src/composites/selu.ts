// Self-normalising exponential linear unit.
import { add, exp, greater, minimum, mul, select, sub } from "../functional.ts";
import type { Composite } from "../ops/op.ts";
import { activation } from "./activation.ts";

// Klambauer et al. 2017, equation 14: the fixed point of zero mean and unit variance.
const alpha = 1.6732632423543772;
const scale = 1.0507009873554805;

/** scale x for x > 0, else scale alpha (e^x - 1). Klambauer et al. 2017, equation 2. */
export const selu: Composite = activation({
  name: "selu",
  decompose: (x) =>
    select(greater(x, 0), mul(x, scale), mul(sub(exp(minimum(x, 0)), 1), scale * alpha)),
  // For x <= 0 the derivative is scale alpha e^x = y + scale alpha.
  vjp: ({ x, output, grad }) =>
    select(greater(x, 0), mul(grad, scale), mul(grad, add(output, scale * alpha))),
});
