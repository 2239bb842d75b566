// Piecewise quadratic swish.
import { add, greater, less, maximum, minimum, mul, select } from "../functional.ts";
import type { Composite } from "../ops/op.ts";
import { activation } from "./activation.ts";

/** x clip(x / 6 + 1 / 2, 0, 1). Howard et al. 2019, section 5.2. */
export const hardSwish: Composite = activation({
  name: "hardSwish",
  decompose: (x) => mul(x, minimum(maximum(add(mul(x, 1 / 6), 0.5), 0), 1)),
  // 0 below -3, 1 above 3, between them (x^2 / 6 + x / 2)' = x / 3 + 1 / 2.
  vjp: ({ x, grad }) => {
    const between = mul(grad, add(mul(x, 1 / 3), 0.5));
    return select(greater(x, 3), grad, select(less(x, -3), 0, between));
  },
});
