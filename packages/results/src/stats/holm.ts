// Many tests at once: how small a p-value must be so that the whole family has a small chance of any false alarm.

/**
 * Holm's step-down adjustment: the i-th smallest of m p-values times (m - i + 1), never below an earlier one, at most 1.
 * Rejecting where the result is at most alpha keeps the chance of any false rejection at alpha, whatever the dependence.
 * Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6(2).
 *
 * @param pValues - 0 to 1 in any order; an empty list gives an empty list
 * @returns Adjusted values in the order given.
 */
export function holmAdjust(pValues: readonly number[]): readonly number[] {
  const ranked = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(pValues.length);
  let floor = 0;
  for (const [position, { p, index }] of ranked.entries()) {
    floor = Math.max(floor, Math.min(1, p * (pValues.length - position)));
    adjusted[index] = floor;
  }
  return adjusted;
}
