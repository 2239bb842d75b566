// Hyperbolic tangent.
import { mul, sub } from "../functional.ts";
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** tanh(x) on each element. */
export const tanh: Primitive = unary({
  name: "tanh",
  accepts: "float",
  apply: Math.tanh,
  vjp: ({ output, grad }) => [mul(grad, sub(1, mul(output, output)))],
});
