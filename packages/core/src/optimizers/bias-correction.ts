// 1 - beta^t for the moments of Adam and its relatives.
import { div, mul, sub, tanh } from "../functional.ts";
import type { Value } from "../graph/value.ts";

/**
 * factor (1 - beta^t) for beta in (0, 1) and count t >= 1, f32 [].
 *
 * Taken as -expm1(x) with x = t log(beta) and expm1(x) = 2 u / (1 - u), u = tanh(x / 2): subtracting beta^t from 1 in
 * f32 would lose four digits in the first steps, where beta^t is close to 1 (beta = 0.999, t = 1: error 3e-5).
 */
export function biasCorrection(beta: number, count: Value, factor = 1): Value {
  const half = tanh(mul(count, Math.log(beta) / 2));
  return div(mul(half, 2 * factor), sub(half, 1));
}
