// a * b, with numpy broadcasting.
import { mul as times, sumTo } from "../functional.ts";
import { binary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** a * b. Integers wrap (the product of two i32 by the low 32 bits). */
export const mul: Primitive = binary({
  name: "mul",
  accepts: "number",
  apply: (a, b) => a * b,
  applyInteger: Math.imul,
  // (ab)' = a'b + ab'
  vjp: ({ inputs: [a, b], grad }) => [
    sumTo(times(grad, b!), a!.shape),
    sumTo(times(grad, a!), b!.shape),
  ],
});
