// Cosine.
import { mul, neg, sin } from "../functional.ts";
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** cos(x) on each element, x in radians. */
export const cos: Primitive = unary({
  name: "cos",
  accepts: "float",
  apply: Math.cos,
  vjp: ({ inputs: [x], grad }) => [neg(mul(grad, sin(x!)))],
});
