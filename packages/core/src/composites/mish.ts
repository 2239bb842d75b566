// Self-regularised smooth activation.
import { add, mul, sigmoid, softplus, sub, tanh } from "../functional.ts";
import type { Composite } from "../ops/op.ts";
import { activation } from "./activation.ts";

/** x tanh(softplus(x)). Misra 2020, equation 1. */
export const mish: Composite = activation({
  name: "mish",
  decompose: (x) => mul(x, tanh(softplus(x))),
  // With t = tanh(softplus(x)): y' = t + x (1 - t^2) sigmoid(x).
  vjp: ({ x, grad }) => {
    const t = tanh(softplus(x));
    return mul(grad, add(t, mul(mul(x, sub(1, mul(t, t))), sigmoid(x))));
  },
});
