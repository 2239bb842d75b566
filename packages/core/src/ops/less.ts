// a < b, with numpy broadcasting.
import { binary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** a < b as bool; false if either is NaN. */
export const less: Primitive = binary({
  name: "less",
  accepts: "number",
  result: "bool",
  apply: (a, b) => (a < b ? 1 : 0),
  vjp: () => [undefined, undefined],
});
