// a / b, with numpy broadcasting.
import { div as quotient, mul, neg, sumTo } from "../functional.ts";
import { binary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** a / b. Integers truncate toward zero (the reference truncates when it wraps); integer division by 0 is undefined. */
export const div: Primitive = binary({
  name: "div",
  accepts: "number",
  apply: (a, b) => a / b,
  vjp: ({ inputs: [a, b], output, grad }) => {
    // (a/b)' = a'/b - (a/b) b'/b
    const gradA = quotient(grad, b!);
    return [sumTo(gradA, a!.shape), neg(sumTo(mul(gradA, output), b!.shape))];
  },
});
