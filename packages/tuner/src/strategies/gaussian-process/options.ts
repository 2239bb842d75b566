// What can be chosen about the Gaussian process strategy, and the numbers behind the defaults.
import type { Observation } from "../../observation.ts";
import type { Configuration } from "../../space/declaration.ts";

/** Options of the Gaussian process strategy. */
export interface GaussianProcessOptions {
  /** Trials of the initial design; default 8, or 4 behind a guess or an earlier study of at least 8 trials. */
  readonly designSize?: number;
  /**
   * A guess of the first objective, known before anything runs (a roofline: FLOPs and bytes over the machine's rates). Only
   * its shape counts; a useless guess is found out and ignored.
   */
  readonly guess?: (configuration: Configuration) => number;
  /** Trials of an earlier study with the same fingerprint: their model becomes the guess. */
  readonly earlier?: readonly Observation[];
}

/** Trials before the first model. */
export const defaultDesignSize = 8;
/** The same where a guess or a model of an earlier study says where to look. */
export const warmDesignSize = 4;

/** Observations that hyper-parameters are fitted to: half of them the best, the rest spread over all. */
export const fitLimit = 120;

/** Observations that all candidates of a large space are screened with: fewer where trials do not fail. */
export const screenLimits = { plain: 64, failing: 128 } as const;

/** Iterations of a fit; the likelihood is flat long before. */
export const fitIterations = { few: 40, many: 25 } as const;
/** More observations than this are many: their likelihood has one clear maximum, and an iteration costs 1 ms and more. */
export const manyObservations = 60;

/** Share of the listed candidates that stays in the race between two fits. */
export const raceShare: number = 1 / 4;
/** Fewest and most candidates of a race. */
export const raceLimits = { least: 2000, most: 6000 } as const;

/** Random candidates of a space that is too large to list. */
export const poolSize = 3000;

/**
 * Growth of the history between two fits: small studies learn their hyper-parameters quickly, large ones change them
 * little.
 */
export function epochStart(total: number, designSize: number): number {
  let start = designSize;
  for (;;) {
    const next = Math.max(start + 1, Math.ceil(start * (start < 60 ? 1.25 : 1.4)));
    if (next > total) return start;
    start = next;
  }
}

/** Trials without progress after which a growing share of the proposals, at most `mostLeaving`, leaves the model. */
export const patience = 20;
/**
 * When proposals become cautious. A search that gains may fail so many times within a window of trials; one without
 * progress for `idleAfter` trials not once within `idleWindow` / the share of the space that fails: 30 trials where 30%
 * do.
 */
export const cautions = {
  gaining: { window: 12, failingShare: 0.25 },
  idleAfter: 10,
  idleWindow: 2.7,
} as const;

/**
 * What is less likely to have a result counts as lost. At even odds, proposals along the border of the failing region
 * break in half of the cases; nearer to certainty the border, where memory is full and speed is highest, stays unexplored.
 */
export const leastChances = { usual: 0.6, afterLong: 0.5, cautious: 0.9 } as const;

/** Trials without progress after which a trial is tried at even odds of a result: nothing safe is left to gain. */
export const longPatience = 60;
/** Share of the proposals that leave the model, from then on, that do not ask whether a result is likely. */
export const doubtShare: number = 1 / 3;
/** Largest share of proposals that leave a model that still expects something. */
export const mostLeaving = 0.5;
/**
 * Expected improvements, as logarithms in standard deviations, between which a model goes from hope to none. On recorded
 * kernels e^-5 to e^-10 is usual while nothing is found; a smooth model of a space with a needle is at e^-30 and less.
 */
export const hopelessLogGains = [-10, -20] as const;
