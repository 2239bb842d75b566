// Logical negation.
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** True where x is false. */
export const not: Primitive = unary({
  name: "not",
  accepts: "bool",
  apply: (x) => 1 - x,
  vjp: () => [undefined],
});
