// Losses of real-valued predictions.
import { abs, add, minimum, mul, square, sub } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import type { LossDefinition } from "./loss.ts";
import { meanPerSample, sameType } from "./reduce.ts";

/** Mean of (prediction - target)^2. */
export const meanSquaredError: LossDefinition = elementwise((error) => square(error));

/** Mean of |prediction - target|. */
export const meanAbsoluteError: LossDefinition = elementwise((error) => abs(error));

/**
 * Mean of error^2 / 2 where |error| <= delta, else delta (|error| - delta / 2): Huber 1964. Options: delta (1).
 * Written as q^2 / 2 + delta (|error| - q) with q = min(|error|, delta), which needs no choice between branches.
 */
export const huber: LossDefinition = {
  configure: (read) => {
    const delta = read.number("delta", 1, { above: 0 });
    return elementwise((error) => {
      const size = abs(error);
      const inner = minimum(size, delta);
      return add(mul(square(inner), 0.5), mul(sub(size, inner), delta));
    }).configure(read);
  },
};

function elementwise(penalize: (error: Value) => Value): LossDefinition {
  return {
    configure: () => ({
      targetType: sameType,
      perSample: (output, target) => meanPerSample(penalize(sub(output.value, target))),
    }),
  };
}
