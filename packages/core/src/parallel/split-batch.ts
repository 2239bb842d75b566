// Integer batch shares from weights.
import { UsageError } from "../errors.ts";

/**
 * Splits rows among ranks in proportion to weights by the method of largest remainders (Hamilton's method); every rank
 * gets at least one row, ties go to the lower rank.
 *
 * @param globalBatch - rows in all, an integer >= the number of weights
 * @param weights - relative speeds, finite and > 0
 * @returns rows per rank, integers >= 1 that sum to `globalBatch`
 * @throws {UsageError} if there are no weights, a weight is not a positive number or there are fewer rows than ranks
 */
export function splitBatch(globalBatch: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (weights.length === 0 || !weights.every((weight) => weight > 0) || !Number.isFinite(total)) {
    throw new UsageError(`splitBatch: weights must be positive, got [${weights.join(",")}]`);
  }
  if (!Number.isInteger(globalBatch) || globalBatch < weights.length) {
    throw new UsageError(
      `splitBatch: batch must be an integer >= the number of ranks, got ${globalBatch} for ${weights.length} ranks`,
    );
  }
  // One row each is set aside first, so that no share can become 0.
  const spare = globalBatch - weights.length;
  const quotas = weights.map((weight) => (spare * weight) / total);
  const shares = quotas.map((quota) => 1 + Math.floor(quota));
  const left = globalBatch - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = quotas
    .map((quota, rank) => ({ rank, remainder: quota - Math.floor(quota) }))
    .sort((a, b) => b.remainder - a.remainder || a.rank - b.rank);
  const raised = new Set(byRemainder.slice(0, left).map(({ rank }) => rank));
  return shares.map((share, rank) => share + (raised.has(rank) ? 1 : 0));
}
