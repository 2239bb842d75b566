// 1 / x.
import { mul, neg } from "../functional.ts";
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** 1 / x on each element; an infinity at 0. */
export const reciprocal: Primitive = unary({
  name: "reciprocal",
  accepts: "float",
  apply: (x) => 1 / x,
  vjp: ({ output, grad }) => [neg(mul(grad, mul(output, output)))],
});
