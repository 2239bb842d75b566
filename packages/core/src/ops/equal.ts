// a = b, with numpy broadcasting.
import { binary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** a = b as bool, for any dtype; false if either is NaN. */
export const equal: Primitive = binary({
  name: "equal",
  accepts: "any",
  result: "bool",
  apply: (a, b) => (a === b ? 1 : 0),
  vjp: () => [undefined, undefined],
});
