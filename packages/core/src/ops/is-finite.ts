// Test for ordinary numbers.
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** True where x is neither infinite nor NaN. */
export const isFinite: Primitive = unary({
  name: "isFinite",
  accepts: "float",
  result: "bool",
  apply: (x) => (Number.isFinite(x) ? 1 : 0),
  vjp: () => [undefined],
});
