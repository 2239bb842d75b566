// Several objectives as one number, for strategies that rank trials: the augmented Chebyshev distance with weights that
// are drawn anew for each proposal, so that a study walks along the whole front (ParEGO: Knowles 2006, eq. 2).
import type { Random } from "../random.ts";
import { isAdmissible, type Entry } from "./ledger.ts";

const augmentation = 0.05;

/**
 * One cost per entry; Infinity for a trial without an admissible result. With one objective it is that objective. Each
 * objective is scaled to its range among the admissible entries.
 */
export function scalarCosts(entries: readonly Entry[], random: Random): Float64Array {
  const admissible = entries.filter(isAdmissible);
  const count = admissible[0]?.costs?.length ?? 1;
  if (count === 1) {
    return Float64Array.from(entries, (entry) =>
      isAdmissible(entry) ? entry.costs![0]! : Infinity,
    );
  }
  const weights = simplexWeights(count, random);
  const lows = weights.map((_, k) => Math.min(...admissible.map(({ costs }) => costs![k]!)));
  const spans = lows.map(
    (low, k) => Math.max(...admissible.map(({ costs }) => costs![k]!)) - low || 1,
  );
  return Float64Array.from(entries, (entry) => {
    if (!isAdmissible(entry)) return Infinity;
    const parts = entry.costs!.map((cost, k) => (weights[k]! * (cost - lows[k]!)) / spans[k]!);
    return Math.max(...parts) + augmentation * parts.reduce((sum, part) => sum + part, 0);
  });
}

/** Uniform over the simplex: normalised exponential variables. */
function simplexWeights(count: number, random: Random): number[] {
  const draws = Array.from({ length: count }, () => -Math.log(1 - random.next()));
  const total = draws.reduce((sum, draw) => sum + draw, 0);
  return draws.map((draw) => draw / total);
}
