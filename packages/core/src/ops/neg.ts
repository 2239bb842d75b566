// -x.
import { neg as negative } from "../functional.ts";
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** -x on each element. Integers wrap. */
export const neg: Primitive = unary({
  name: "neg",
  accepts: "number",
  apply: (x) => -x,
  vjp: ({ grad }) => [negative(grad)],
});
