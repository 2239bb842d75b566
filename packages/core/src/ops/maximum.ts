// max(a, b), with numpy broadcasting.
import { greater, select, sumTo } from "../functional.ts";
import { binary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** max(a, b); NaN if either is NaN. At a = b the gradient goes to b, one valid choice of the subgradient. */
export const maximum: Primitive = binary({
  name: "maximum",
  accepts: "number",
  apply: Math.max,
  vjp: ({ inputs: [a, b], grad }) => {
    const takesA = greater(a!, b!);
    return [sumTo(select(takesA, grad, 0), a!.shape), sumTo(select(takesA, 0, grad), b!.shape)];
  },
});
