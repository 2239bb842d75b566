// Looking at the data several times: each look may spend a part of the error, so that stopping early costs no honesty.

/** One look: after how many rounds, and what one-sided error it may spend. */
export interface Look {
  /** Pairs measured by then, at least 1. */
  readonly rounds: number;
  readonly oneSidedError: number;
}

/**
 * Looks after 10, 20 and 30 rounds. They spend .002, .003 and .005, in sum .01: by Bonferroni's inequality the chance
 * that any look errs on one side is at most 1%, however the looks depend on each other.
 */
export const defaultLooks: readonly Look[] = [
  { rounds: 10, oneSidedError: 0.002 },
  { rounds: 20, oneSidedError: 0.003 },
  { rounds: 30, oneSidedError: 0.005 },
];

/** One-sided error of all looks together. */
export function totalError(looks: readonly Look[]): number {
  return looks.reduce((sum, { oneSidedError }) => sum + oneSidedError, 0);
}

/**
 * The p-value of a whole sequence: the least error of all looks together at which one of them would have rejected, when
 * the error is spent in the proportions of the plan. min over looks of p[k] x total / error[k], at most 1.
 *
 * @param pValues - of the looks taken so far, in order; none gives 1
 */
export function sequentialPValue(looks: readonly Look[], pValues: readonly number[]): number {
  const total = totalError(looks);
  return pValues.reduce((least, p, index) => {
    const look = looks[index];
    return look === undefined ? least : Math.min(least, (p * total) / look.oneSidedError);
  }, 1);
}
