// A squashing function with polynomial tails.
import { abs, add, div, mul } from "../functional.ts";
import type { Composite } from "../ops/op.ts";
import { activation } from "./activation.ts";

/** x / (1 + |x|). Bergstra et al. 2009, Quadratic polynomials learn better image features, section 3. */
export const softsign: Composite = activation({
  name: "softsign",
  decompose: (x) => div(x, add(abs(x), 1)),
  // y' = 1 / (1 + |x|)^2 on both sides of 0.
  vjp: ({ x, grad }) => {
    const bound = add(abs(x), 1);
    return div(grad, mul(bound, bound));
  },
});
