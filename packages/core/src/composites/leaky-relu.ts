// The rectifier with a slope for negative values.
import { greater, mul, select } from "../functional.ts";
import type { Composite } from "../ops/op.ts";
import { activation } from "./activation.ts";

/** Slope for x < 0. */
export interface LeakyReluAttrs {
  readonly alpha: number;
}

/** x for x > 0, else alpha x; the gradient at 0 is alpha. */
export const leakyRelu: Composite<LeakyReluAttrs> = activation<LeakyReluAttrs>({
  name: "leakyRelu",
  decompose: (x, { alpha }) => select(greater(x, 0), x, mul(x, alpha)),
  vjp: ({ x, grad, attrs: { alpha } }) => select(greater(x, 0), grad, mul(grad, alpha)),
});
