// When queries arrive in the server scenario.

import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/**
 * Arrivals of a Poisson process: gaps are -ln(1 - u) / rate for u uniform in [0, 1). The same for the same seed, and
 * the first ones do not depend on how many are asked for.
 *
 * @param ratePerSecond - mean rate, above 0
 * @returns ns from the start, ascending.
 */
export function* poissonArrivals(ratePerSecond: number, seed: number): Generator<number, never> {
  const random = xoroshiro128plus(seed);
  let atNs = 0;
  for (;;) {
    atNs += (-Math.log1p(-uniformFloat64(random)) * 1e9) / ratePerSecond;
    yield atNs;
  }
}
