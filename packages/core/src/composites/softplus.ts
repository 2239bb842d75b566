// Smooth rectifier.
import { abs, add, exp, log, maximum, mul, neg, sigmoid } from "../functional.ts";
import type { Composite } from "../ops/op.ts";
import { activation } from "./activation.ts";

/** log(1 + e^x), as max(x, 0) + log(1 + e^-|x|), which cannot overflow. Dugas et al. 2001, equation 5. */
export const softplus: Composite = activation({
  name: "softplus",
  decompose: (x) => add(maximum(x, 0), log(add(exp(neg(abs(x))), 1))),
  vjp: ({ x, grad }) => mul(grad, sigmoid(x)),
});
