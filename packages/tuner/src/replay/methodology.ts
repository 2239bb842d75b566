// How strategies are scored on a recorded space: Willemsen, Schoonhoven, Filipovic, Torring, van Nieuwpoort and van
// Werkhoven, A methodology for comparing optimization algorithms for auto-tuning, Future Generation Computer Systems
// 159 (2024), doi 10.1016/j.future.2024.05.021, with evaluations as the budget and its random baseline (the value at
// the expected rank).

/** What a recorded space says about random search. */
export interface SpaceStatistics {
  /** Valid values in ascending order. */
  readonly sorted: Float64Array;
  readonly optimum: number;
  readonly median: number;
  /** optimum + (1 - cutoff) x (median - optimum), which random search is given the budget to reach. */
  readonly cutoffValue: number;
  /** Evaluations of the score. */
  readonly budget: number;
}

/**
 * Statistics of all valid values.
 *
 * @param cutoff - share of the way from the median to the optimum that ends the budget, 0 to 1
 */
export function spaceStatistics(values: readonly number[], cutoff = 0.95): SpaceStatistics {
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  const optimum = sorted[0]!;
  const middle = count >> 1;
  const median = count % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  const cutoffValue = optimum + (1 - cutoff) * (median - optimum);
  // Index in descending order of the first value that is good enough; expected rank of the best of m draws is
  // m (N + 1) / (m + 1), solved for m.
  let atMost = 0;
  while (atMost < count && sorted[atMost]! <= cutoffValue) atMost++;
  const index = count - atMost;
  const budget = Math.max(1, Math.ceil(index / (count + 1 - index)));
  return { sorted, optimum, median, cutoffValue, budget };
}

/** The methodology's baseline: the value at the expected rank of the best of `evaluations` draws. */
export function expectedRankBaseline({ sorted }: SpaceStatistics, evaluations: number): number {
  const count = sorted.length;
  const index = Math.min(
    count - 1,
    roundHalfToEven((evaluations * (count + 1)) / (evaluations + 1)),
  );
  return sorted[count - 1 - index]!;
}

/**
 * The exact expected minimum of `evaluations` draws without replacement: the sum over ranks i (0-based, ascending) of
 * value_i x C(N - 1 - i, m - 1) / C(N, m).
 */
export function expectedMinimum({ sorted }: SpaceStatistics, evaluations: number): number {
  const count = sorted.length;
  const draws = Math.min(evaluations, count);
  // Probability that the minimum is rank i, from that of rank i - 1.
  let probability = draws / count;
  let expected = 0;
  for (let i = 0; i < count && count - 1 - i >= draws - 1; i++) {
    expected += probability * sorted[i]!;
    const left = count - 1 - i;
    probability *= left === 0 ? 0 : (left - (draws - 1)) / left;
  }
  return expected;
}

/**
 * The score of a strategy: the mean over evaluations 1 to the budget of (baseline - best) / (baseline - optimum): 0 is
 * the baseline, 1 the optimum at once.
 *
 * @param best - mean best value after each evaluation, at least `budget` of them; NaN before the first valid result
 *   counts as the worst value
 * @param baseline - the baseline to compare with
 */
export function methodologyScore(
  statistics: SpaceStatistics,
  best: ArrayLike<number>,
  baseline: (statistics: SpaceStatistics, evaluations: number) => number = expectedRankBaseline,
): number {
  const { budget, optimum, sorted } = statistics;
  const worst = sorted.at(-1)!;
  let sum = 0;
  for (let evaluation = 1; evaluation <= budget; evaluation++) {
    const reference = baseline(statistics, evaluation);
    const value = best[Math.min(evaluation, best.length) - 1]!;
    const reached = Number.isNaN(value) ? worst : value;
    sum +=
      reference === optimum
        ? Number(reached === optimum)
        : (reference - reached) / (reference - optimum);
  }
  return sum / budget;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
