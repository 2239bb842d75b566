// Gaussian error linear unit, tanh form.
import { add, mul, sub, tanh } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import type { Composite } from "../ops/op.ts";
import { activation } from "./activation.ts";

const slope = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** x (1 + tanh(u)) / 2, u = sqrt(2 / pi) (x + 0.044715 x^3). Hendrycks and Gimpel 2016, section 2. */
export const geluTanh: Composite = activation({
  name: "geluTanh",
  decompose: (x) => mul(x, mul(add(bend(x), 1), 0.5)),
  // With t = tanh(u): y' = (1 + t) / 2 + x (1 - t^2) u' / 2, u' = sqrt(2 / pi) (1 + 3 0.044715 x^2).
  vjp: ({ x, grad }) => {
    const t = bend(x);
    const du = add(mul(mul(x, x), 3 * cubic * slope), slope);
    const curved = mul(mul(x, sub(1, mul(t, t))), du);
    return mul(grad, mul(add(add(t, 1), curved), 0.5));
  },
});

/** tanh(sqrt(2 / pi) (x + 0.044715 x^3)), as x (1 + 0.044715 x^2) to save a product. */
function bend(x: Value): Value {
  return tanh(mul(x, add(mul(mul(x, x), cubic * slope), slope)));
}
