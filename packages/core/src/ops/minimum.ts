// min(a, b), with numpy broadcasting.
import { less, select, sumTo } from "../functional.ts";
import { binary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** min(a, b); NaN if either is NaN. At a = b the gradient goes to b, one valid choice of the subgradient. */
export const minimum: Primitive = binary({
  name: "minimum",
  accepts: "number",
  apply: Math.min,
  vjp: ({ inputs: [a, b], grad }) => {
    const takesA = less(a!, b!);
    return [sumTo(select(takesA, grad, 0), a!.shape), sumTo(select(takesA, 0, grad), b!.shape)];
  },
});
