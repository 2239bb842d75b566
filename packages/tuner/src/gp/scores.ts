// The objective as the Gaussian process sees it: ranks turned into normal scores, which no outlier and no monotone
// change of the unit (time, throughput, logarithm) can bend.
import { normalQuantile } from "./normal.ts";

/** Normal scores and their variances. */
export interface Scores {
  readonly targets: Float64Array;
  readonly variances: Float64Array;
}

/**
 * Blom's normal scores, quantile((rank - 3/8) / (n + 1/4)), ties sharing their mean rank; low values get low scores.
 *
 * @param variances - of the values; those of the scores follow from the local slope of the transform
 */
export function normalScores(values: Float64Array, variances: Float64Array): Scores {
  const count = values.length;
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
  const targets = new Float64Array(count);
  for (let first = 0; first < count;) {
    let last = first;
    while (last + 1 < count && values[order[last + 1]!] === values[order[first]!]) last++;
    const score = normalQuantile(((first + last) / 2 + 1 - 0.375) / (count + 0.25));
    for (let k = first; k <= last; k++) targets[order[k]!] = score;
    first = last + 1;
  }
  const reach = Math.max(1, Math.round(count / 10));
  const scaled = new Float64Array(count);
  order.forEach((index, rank) => {
    if (variances[index] === 0) return;
    const low = order[Math.max(0, rank - reach)]!;
    const high = order[Math.min(count - 1, rank + reach)]!;
    const run = values[high]! - values[low]!;
    const slope = run > 0 ? (targets[high]! - targets[low]!) / run : 0;
    // A score cannot be more uncertain than not knowing the rank at all.
    scaled[index] = Math.min(1, slope * slope * variances[index]!);
  });
  return { targets, variances: scaled };
}

/**
 * The score of a value that comes after the scores were computed: between those of its neighbours, linear in the value;
 * beyond the ends it is the end's. Good enough until the scores are computed anew, and costs no other score its place.
 */
export function scoreOf(value: number, values: Float64Array, scores: Scores): number {
  let below = -1;
  let above = -1;
  for (let i = 0; i < scores.targets.length; i++) {
    if (values[i]! <= value && (below === -1 || values[i]! > values[below]!)) below = i;
    if (values[i]! >= value && (above === -1 || values[i]! < values[above]!)) above = i;
  }
  if (below === -1) return scores.targets[above]!;
  if (above === -1) return scores.targets[below]!;
  const run = values[above]! - values[below]!;
  const share = run > 0 ? (value - values[below]!) / run : 0;
  return scores.targets[below]! + share * (scores.targets[above]! - scores.targets[below]!);
}
