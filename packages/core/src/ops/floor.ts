// Rounding down.
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** Largest integer not above x. Constant almost everywhere, so no gradient flows. */
export const floor: Primitive = unary({
  name: "floor",
  accepts: "float",
  apply: Math.floor,
  vjp: () => [undefined],
});
