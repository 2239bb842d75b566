// a + b, with numpy broadcasting.
import { sumTo } from "../functional.ts";
import { binary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** a + b. Integers wrap. */
export const add: Primitive = binary({
  name: "add",
  accepts: "number",
  apply: (a, b) => a + b,
  vjp: ({ inputs: [a, b], grad }) => [sumTo(grad, a!.shape), sumTo(grad, b!.shape)],
});
