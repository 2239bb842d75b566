// Logical conjunction, with numpy broadcasting.
import { binary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** True where a and b are. */
export const and: Primitive = binary({
  name: "and",
  accepts: "bool",
  apply: (a, b) => a * b,
  vjp: () => [undefined, undefined],
});
