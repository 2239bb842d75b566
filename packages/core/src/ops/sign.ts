// Sign of x.
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** -1, 0 or 1 on each element; NaN stays NaN. Constant almost everywhere, so no gradient flows. */
export const sign: Primitive = unary({
  name: "sign",
  accepts: "number",
  apply: Math.sign,
  vjp: () => [undefined],
});
