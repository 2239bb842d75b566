// What a comparison could have seen: printed with every undecided verdict, so that "undecided" has a size.

import { normalQuantile } from "./normal.ts";
import type { ShiftInterval } from "./signed-rank.ts";

/**
 * Minimum detectable effect: the least true shift beyond the margin that a further comparison of the same size would
 * report with the given power. The standard error is read off the interval, se = (high - low) / (2 z(1 - error)); then
 * mde = (z(1 - error) + z(power)) se, the power of a one-sided test under the normal approximation.
 *
 * @param interval - of the shift, from as many rounds as the comparison had
 * @param power - chance to see the effect, above 0 and below 1
 * @returns At least 0, in the unit of the interval; 0 when all differences were equal, Infinity for one difference.
 */
export function minimumDetectableEffect(interval: ShiftInterval, power = 0.9): number {
  const z = normalQuantile(1 - interval.oneSidedError);
  if (!(z > 0)) return Infinity;
  const standardError = (interval.high - interval.low) / (2 * z);
  return Math.max(0, (z + normalQuantile(power)) * standardError);
}
