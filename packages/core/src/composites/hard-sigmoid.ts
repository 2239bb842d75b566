// Piecewise linear sigmoid.
import { add, and, greater, less, maximum, minimum, mul, select } from "../functional.ts";
import type { Composite } from "../ops/op.ts";
import { activation } from "./activation.ts";

/** Slope and value at 0; ONNX defaults 0.2 and 0.5. */
export interface HardSigmoidAttrs {
  readonly alpha: number;
  readonly beta: number;
}

/** alpha x + beta clipped to [0, 1]; the gradient at both corners is 0. */
export const hardSigmoid: Composite<HardSigmoidAttrs> = activation<HardSigmoidAttrs>({
  name: "hardSigmoid",
  decompose: (x, { alpha, beta }) => minimum(maximum(add(mul(x, alpha), beta), 0), 1),
  // Strictly between 0 and 1 the output is the line, whose slope is alpha.
  vjp: ({ output, grad, attrs: { alpha } }) => {
    const onLine = and(greater(output, 0), less(output, 1));
    return select(onLine, mul(grad, alpha), 0);
  },
});
