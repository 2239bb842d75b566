// Sine.
import { cos, mul } from "../functional.ts";
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** sin(x) on each element, x in radians. */
export const sin: Primitive = unary({
  name: "sin",
  accepts: "float",
  apply: Math.sin,
  vjp: ({ inputs: [x], grad }) => [mul(grad, cos(x!))],
});
