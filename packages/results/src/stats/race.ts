// When a trial may end before it has enough samples: it is sure to lose against what is known already.
import { binomialCdf } from "./binomial.ts";

/** A limit on a quantile of the latency: a trial above it is lost. */
export interface RaceLimit {
  /** Which quantile, above 0 and below 1. */
  readonly quantile: number;
  readonly aboveNs: number;
}

/** Limits of a trial, any of which ends it. */
export interface RaceRule {
  readonly limits: readonly RaceLimit[];
  /** Chance of ending a trial that keeps all its limits, over the whole trial; above 0 and below 0.5. */
  readonly error: number;
}

/** Fewer samples decide nothing: the first ones after the warm-up share a cause more often than later ones. */
const leastSamples = 5;

/**
 * Follows the samples of one trial and says when it is lost: a quantile lies above its limit with confidence 1 - error.
 * For quantile q and n samples of which k are at or below the limit, P(k or fewer | quantile at the limit) is a binomial
 * tail, whatever the distribution. Look j spends error / (j (j + 1)) over all limits, which sums to the whole error, so
 * that looking often does not make a false end likelier.
 */
export class Race {
  readonly #rule: RaceRule;
  readonly #within: number[];
  #samples = 0;
  #looks = 0;

  constructor(rule: RaceRule) {
    this.#rule = rule;
    this.#within = rule.limits.map(() => 0);
  }

  /** Counts samples, ns, and looks once. @returns The limit that is broken, or undefined */
  look(latencyNs: readonly number[]): RaceLimit | undefined {
    const { limits, error } = this.#rule;
    this.#samples += latencyNs.length;
    limits.forEach(({ aboveNs }, at) => {
      this.#within[at]! += latencyNs.filter((ns) => ns <= aboveNs).length;
    });
    if (this.#samples < leastSamples) return undefined;
    this.#looks++;
    const spent = error / (this.#looks * (this.#looks + 1)) / limits.length;
    return limits.find(
      ({ quantile }, at) =>
        this.#within[at]! <= binomialCdf(this.#samples, quantile).lastAtMost(spent),
    );
  }
}
