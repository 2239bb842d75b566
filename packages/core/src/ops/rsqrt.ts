// 1 / sqrt(x).
import { div, mul } from "../functional.ts";
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** 1 / sqrt(x) on each element; an infinity at 0, NaN below. */
export const rsqrt: Primitive = unary({
  name: "rsqrt",
  accepts: "float",
  apply: (x) => 1 / Math.sqrt(x),
  vjp: ({ inputs: [x], output, grad }) => [div(mul(grad, mul(output, -0.5)), x!)],
});
