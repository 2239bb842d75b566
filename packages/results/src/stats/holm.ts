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

/**
 * Holm within each group, which may err with its own part of alpha; all together then err with at most alpha (Bonferroni).
 * Many tests in one group do not raise the bar for another.
 *
 * @param groups - of each p-value
 * @param weights - of the groups, above 0; 1 where absent. Only those of the groups that occur count.
 * @returns Adjusted values in the order given, at most 1, to be compared with alpha; `holmAdjust` where there is one group.
 */
export function holmByGroup(
  pValues: readonly number[],
  groups: readonly string[],
  weights: Readonly<Record<string, number>> = {},
): readonly number[] {
  const names = [...new Set(groups)];
  const total = names.reduce((sum, name) => sum + (weights[name] ?? 1), 0);
  const adjusted = new Array<number>(pValues.length);
  for (const name of names) {
    const members = pValues.flatMap((p, index) => (groups[index] === name ? [{ p, index }] : []));
    const own = holmAdjust(members.map(({ p }) => p));
    const share = (weights[name] ?? 1) / total;
    for (const [position, { index }] of members.entries()) {
      adjusted[index] = Math.min(1, own[position]! / share);
    }
  }
  return adjusted;
}
