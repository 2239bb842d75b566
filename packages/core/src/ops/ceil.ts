// Rounding up.
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** Smallest integer not below x. Constant almost everywhere, so no gradient flows. */
export const ceil: Primitive = unary({
  name: "ceil",
  accepts: "float",
  apply: Math.ceil,
  vjp: () => [undefined],
});
