// Square root.
import { div, mul } from "../functional.ts";
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** sqrt(x) on each element; NaN below 0, gradient infinite at 0. */
export const sqrt: Primitive = unary({
  name: "sqrt",
  accepts: "float",
  apply: Math.sqrt,
  vjp: ({ output, grad }) => [div(mul(grad, 0.5), output)],
});
