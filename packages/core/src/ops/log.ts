// Natural logarithm.
import { div } from "../functional.ts";
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** log(x) on each element; -Infinity at 0, NaN below. */
export const log: Primitive = unary({
  name: "log",
  accepts: "float",
  apply: Math.log,
  vjp: ({ inputs: [x], grad }) => [div(grad, x!)],
});
