// Sigmoid-weighted linear unit, also called swish.
import { add, mul, sigmoid, sub } from "../functional.ts";
import type { Composite } from "../ops/op.ts";
import { activation } from "./activation.ts";

/** x sigmoid(x). Elfwing, Uchibe and Doya 2018, equation 2. */
export const silu: Composite = activation({
  name: "silu",
  decompose: (x) => mul(x, sigmoid(x)),
  // y' = s + x s (1 - s) = s (1 + x (1 - s)), s = sigmoid(x).
  vjp: ({ x, grad }) => {
    const s = sigmoid(x);
    return mul(grad, mul(s, add(mul(x, sub(1, s)), 1)));
  },
});
