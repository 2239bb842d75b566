// Rounding to the nearest integer.
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** Nearest integer, halves to even. Constant almost everywhere, so no gradient flows. */
export const round: Primitive = unary({
  name: "round",
  accepts: "float",
  apply: roundHalfEven,
  vjp: () => [undefined],
});

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;
  return rest < 0.5 ? below : below + 1;
}
