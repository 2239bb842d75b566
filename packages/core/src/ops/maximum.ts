// max(a, b), with numpy broadcasting.
import { greater, mul, cast, sumTo, add } from "../functional.ts";
import { binary } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** max(a, b); NaN if either is NaN. At a = b the gradient goes to b, one valid choice of the subgradient. */
export const maximum: Primitive = binary({
  name: "maximum",
  accepts: "number",
  apply: Math.max,
  vjp: ({ inputs: [a, b], grad }) => {
    const takesA = cast(greater(a!, b!), grad.dtype);
    const takesB = add(1, mul(takesA, -1));
    return [sumTo(mul(grad, takesA), a!.shape), sumTo(mul(grad, takesB), b!.shape)];
  },
});
