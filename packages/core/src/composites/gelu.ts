// Gaussian error linear unit, exact form.
import { add, erf, exp, mul } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import type { Composite } from "../ops/op.ts";
import { activation } from "./activation.ts";

/** x Phi(x) with Phi the standard normal distribution function. Hendrycks and Gimpel 2016, section 2. */
export const gelu: Composite = activation({
  name: "gelu",
  decompose: (x) => mul(x, normalCdf(x)),
  // (x Phi(x))' = Phi(x) + x phi(x), phi(x) = e^(-x^2 / 2) / sqrt(2 pi).
  vjp: ({ x, grad }) => {
    const density = mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return mul(grad, add(normalCdf(x), mul(x, density)));
  },
});

/** Phi(x) = (1 + erf(x / sqrt 2)) / 2. */
function normalCdf(x: Value): Value {
  return mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
}
