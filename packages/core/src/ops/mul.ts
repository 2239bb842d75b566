// a * b, with numpy broadcasting.
import { mul as times, sumTo } from "../functional.ts";
import { binary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** a * b. Integers wrap (the product of two i32 by the low 32 bits). */
export const mul: Primitive = binary({
  name: "mul",
  accepts: "number",
  apply: (a, b) => (Number.isSafeInteger(a * b) ? a * b : multiplyWide(a, b)),
  // (ab)' = a'b + ab'
  vjp: ({ inputs: [a, b], grad }) => [
    sumTo(times(grad, b!), a!.shape),
    sumTo(times(grad, a!), b!.shape),
  ],
});

/** Products beyond 2^53 lose the low bits that wrapping needs; only integers get there with integer operands. */
function multiplyWide(a: number, b: number): number {
  return Number.isInteger(a) &&
    Number.isInteger(b) &&
    Math.abs(a) < 2 ** 32 &&
    Math.abs(b) < 2 ** 32
    ? Math.imul(a, b)
    : a * b;
}
