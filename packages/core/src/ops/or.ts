// Logical disjunction, with numpy broadcasting.
import { binary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** True where a or b is. */
export const or: Primitive = binary({
  name: "or",
  accepts: "bool",
  apply: (a, b) => Math.max(a, b),
  vjp: () => [undefined, undefined],
});
