// a^b, with numpy broadcasting.
import { equal, log, mul, pow as power, select, sub, sumTo } from "../functional.ts";
import { binary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/**
 * a^b for floats as IEEE 754 has it: NaN for a negative base with a fractional exponent, 1^b = 1 for every b.
 * The gradient with respect to b is NaN where a < 0, and 0 where a = 0.
 */
export const pow: Primitive = binary({
  name: "pow",
  accepts: "float",
  apply: power754,
  vjp: ({ inputs: [a, b], output, grad }) => {
    // b a^(b-1), with 0 for b = 0 where a^(b-1) may be infinite, and a^b log a, with 0 for a = 0.
    const isZero = equal(b!, 0);
    const lower = power(a!, sub(select(isZero, 1, b!), 1));
    const gradA = mul(grad, select(isZero, 0, mul(b!, lower)));
    const gradB = mul(grad, mul(output, log(select(equal(a!, 0), 1, a!))));
    return [sumTo(gradA, a!.shape), sumTo(gradB, b!.shape)];
  },
});

/** Math.pow but for 1^NaN, 1^(+-Infinity) and (-1)^(+-Infinity), which are 1 in IEEE 754-2019, section 9.2.1. */
function power754(a: number, b: number): number {
  const isOne = a === 1 || (a === -1 && Math.abs(b) === Infinity);
  return isOne ? 1 : Math.pow(a, b);
}
