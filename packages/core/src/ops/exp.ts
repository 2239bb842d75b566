// e^x.
import { mul } from "../functional.ts";
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** e^x on each element. */
export const exp: Primitive = unary({
  name: "exp",
  accepts: "float",
  apply: Math.exp,
  vjp: ({ output, grad }) => [mul(grad, output)],
});
