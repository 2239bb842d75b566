// The first configurations of a study: each as far as possible from all before it (greedy maximin; Kennard and Stone
// 1969), in the distance that the Gaussian process starts with.
import type { FeatureTable } from "../gp/features.ts";
import type { Random } from "../random.ts";

// Two random ranks differ by 1/6 in square and two random categories by about 1/2.
const differsWeight = 1 / 3;

/** Distances of the candidates of a table to everything chosen so far. */
export class MaximinDesign {
  readonly #table: FeatureTable;
  readonly #nearest: Float64Array;

  constructor(table: FeatureTable) {
    this.#table = table;
    this.#nearest = new Float64Array(table.count).fill(Infinity);
  }

  /** Takes a point into account. */
  add(features: Float64Array): void {
    const { terms, count } = this.#table;
    const distances = new Float64Array(count);
    const weights = Float64Array.from(terms, ({ kind }) => (kind === "rank" ? 1 : differsWeight));
    this.#table.distancesTo(features, weights).write(distances, 0, count);
    for (let i = 0; i < count; i++) {
      if (distances[i]! < this.#nearest[i]!) this.#nearest[i] = distances[i]!;
    }
  }

  /** The farthest candidate for which `isFree` holds, ties broken by chance; a random one before the first `add`. */
  next(isFree: (index: number) => boolean, random: Random): number | undefined {
    let best: number | undefined;
    let ties = 0;
    let farthest = -1;
    for (let i = 0; i < this.#nearest.length; i++) {
      const distance = this.#nearest[i]!;
      if (distance < farthest || !isFree(i)) continue;
      ties = distance > farthest ? 1 : ties + 1;
      farthest = distance;
      if (random.integer(ties) === 0) best = i;
    }
    return best;
  }
}
