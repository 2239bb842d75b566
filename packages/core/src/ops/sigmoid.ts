// Logistic function.
import { mul, sub } from "../functional.ts";
import { unary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** 1 / (1 + e^-x) on each element. */
export const sigmoid: Primitive = unary({
  name: "sigmoid",
  accepts: "float",
  apply: logistic,
  vjp: ({ output, grad }) => [mul(grad, mul(output, sub(1, output)))],
});

// e^-x overflows for x < -709; there the other form of the same quotient stays finite and exact.
function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const power = Math.exp(x);
  return power / (1 + power);
}
