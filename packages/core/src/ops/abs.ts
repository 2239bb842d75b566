// |x|.
import { mul, sign } from "../functional.ts";
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** |x| on each element; the gradient at 0 is 0. Integers wrap. */
export const abs: Primitive = unary({
  name: "abs",
  accepts: "number",
  apply: Math.abs,
  vjp: ({ inputs: [x], grad }) => [mul(grad, sign(x!))],
});
