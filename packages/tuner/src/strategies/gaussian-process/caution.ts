// How much risk of a failing trial is worth taking. While the search gains, failures are the price of crossing borders,
// and the fastest configurations often lie at the border of what runs; once it gains nothing, they are mere losses.
import { trialsSinceProgress, type Entry } from "../ledger.ts";
import { cautions, defaultDesignSize, leastChances, longPatience } from "./options.ts";

/** What a proposal may risk. */
export interface Caution {
  /** Whether both beliefs about failing are heard, not only the rules. */
  readonly isCautious: boolean;
  /** What is less likely to have a result counts as lost and comes last. */
  readonly leastChance: number;
}

/**
 * The caution after these trials. Failures of the initial design do not count: nothing was known.
 *
 * @param failingShare - share of the space that is expected to fail, 0 to 1: where most fails, nothing is found without
 *   failures
 */
export function cautionAfter(entries: readonly Entry[], failingShare: number): Caution {
  const idle = trialsSinceProgress(entries);
  const isIdle = idle >= cautions.idleAfter;
  const { window, failingShare: accepted } = cautions.gaining;
  const length = isIdle
    ? Math.ceil(cautions.idleWindow / Math.max(failingShare, 0.1) ** 2)
    : window;
  const recent = entries.slice(Math.max(defaultDesignSize, entries.length - length));
  const failed = recent.filter(({ costs }) => costs === undefined).length;
  if (failed > (isIdle ? 0 : window * Math.max(accepted, failingShare))) {
    return { isCautious: true, leastChance: leastChances.cautious };
  }
  return {
    isCautious: false,
    leastChance: leastChances[idle < longPatience ? "usual" : "afterLong"],
  };
}
