// How sure an observed rate is.

import { RecordError } from "../errors.ts";
import { binomialCdf } from "./binomial.ts";

/** A confidence interval of a probability. */
export interface RateInterval {
  readonly low: number;
  readonly high: number;
}

/**
 * Exact interval for a probability after `events` in `trials`: the low end is the p with P(B >= events) = error, the high
 * end the p with P(B <= events) = error, where error = (1 - confidence) / 2. Clopper and Pearson (1934), "The use of
 * confidence or fiducial limits illustrated in the case of the binomial", Biometrika 26(4).
 *
 * @param events - whole, 0 to `trials`; at 0 the low end is 0, at `trials` the high end is 1
 * @param trials - whole, at least 1
 * @param confidence - of both sides together, above 0 and below 1. For a one-sided bound with error e give 1 - 2 e.
 * @throws {@link RecordError} STATISTICS for anything else
 */
export function clopperPearson(events: number, trials: number, confidence: number): RateInterval {
  if (
    !Number.isInteger(events) ||
    !Number.isInteger(trials) ||
    !(events >= 0 && events <= trials)
  ) {
    throw new RecordError(
      "STATISTICS",
      `rate: events must be a whole number from 0 to the trials, got ${events} of ${trials}`,
    );
  }
  if (trials < 1) {
    throw new RecordError("STATISTICS", `rate: trials must be at least 1, got ${trials}`);
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new RecordError(
      "STATISTICS",
      `rate: confidence must be above 0 and below 1, got ${confidence}`,
    );
  }
  const error = (1 - confidence) / 2;
  return {
    low: events === 0 ? 0 : bisect((p) => binomialCdf(trials, p).between(events, trials) >= error),
    high: events === trials ? 1 : bisect((p) => binomialCdf(trials, p).between(0, events) < error),
  };
}

/** The least probability for which a claim that gets true as it grows is true. */
function bisect(isReached: (p: number) => boolean): number {
  let low = 0;
  let high = 1;
  for (;;) {
    const middle = (low + high) / 2;
    // 13 digits; below 1e-300 a probability of any number of trials means nothing.
    if (high - low <= 1e-13 * high || middle < 1e-300) return high;
    if (isReached(middle)) high = middle;
    else low = middle;
  }
}
