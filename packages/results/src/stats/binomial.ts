// Exact binomial probabilities for order-statistic intervals.

/** The distribution of B ~ Binomial(n, p). */
export interface BinomialCdf {
  /** Largest k with P(B <= k) <= bound; -1 when there is none. */
  lastAtMost(bound: number): number;
  /** Smallest k with P(B >= k) <= bound; n + 1 when there is none. */
  firstUpperTailAtMost(bound: number): number;
  /** P(low <= B <= high). */
  between(low: number, high: number): number;
}

/**
 * Weights are built outward from the mode by pmf(k + 1) / pmf(k) = (n - k) / (k + 1) x p / (1 - p)
 * and divided by their sum, which needs no gamma function and cannot overflow; terms under 2^-1074
 * of the mode vanish. Tails are summed from their small end, so that small tails keep their digits.
 *
 * @param n - number of trials, an integer of at least 1
 * @param p - probability of success, above 0 and below 1
 */
export function binomialCdf(n: number, p: number): BinomialCdf {
  const weights = new Float64Array(n + 1);
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const odds = p / (1 - p);
  weights[mode] = 1;
  for (let k = mode; k < n && weights[k]! > 0; k += 1) {
    weights[k + 1] = ((weights[k]! * (n - k)) / (k + 1)) * odds;
  }
  for (let k = mode; k > 0 && weights[k]! > 0; k -= 1) {
    weights[k - 1] = (weights[k]! * k) / ((n - k + 1) * odds);
  }
  // Weights fall from the mode to both ends, so each half is summed from its small end.
  const left = weights.subarray(0, mode).reduce((sum, weight) => sum + weight, 0);
  const total = weights.subarray(mode).reduceRight((sum, weight) => sum + weight, 0) + left;
  return {
    lastAtMost(bound) {
      let sum = 0;
      for (let k = 0; k <= n; k += 1) {
        sum += weights[k]! / total;
        if (sum > bound) return k - 1;
      }
      return n;
    },
    firstUpperTailAtMost(bound) {
      let sum = 0;
      for (let k = n; k >= 0; k -= 1) {
        sum += weights[k]! / total;
        if (sum > bound) return k + 1;
      }
      return 0;
    },
    between(low, high) {
      let sum = 0;
      for (let k = Math.max(0, low); k <= Math.min(n, high); k += 1) sum += weights[k]! / total;
      return Math.min(1, sum);
    },
  };
}
