// a - b, with numpy broadcasting.
import { neg, sumTo } from "../functional.ts";
import { binary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** a - b. Integers wrap. */
export const sub: Primitive = binary({
  name: "sub",
  accepts: "number",
  apply: (a, b) => a - b,
  vjp: ({ inputs: [a, b], grad }) => [sumTo(grad, a!.shape), neg(sumTo(grad, b!.shape))],
});
