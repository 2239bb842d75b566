// Learning curves and time to accuracy of a `train-to-accuracy` trial.

/** One training run from fresh weights; its seed is the trial's. */
export interface Training {
  readonly trainSamples: number;
  readonly validationSamples: number;
  /** In order; shorter than planned when the target stopped it or it diverged. */
  readonly epochs: readonly EpochRecord[];
  /** Loss of each optimizer step, in order; kept only when the suite asks. */
  readonly stepLosses?: readonly number[];
  /** Wall time of all epochs, validation included, ns. */
  readonly totalNs: number;
  /** Present when the suite names a target. */
  readonly timeToTarget?: TimeToTarget;
  /** Present when a loss stopped being finite; that epoch is not in `epochs`. */
  readonly diverged?: { readonly epoch: number; readonly loss: "NaN" | "Infinity" | "-Infinity" };
}

/** One pass over the training data. Losses and accuracies are means over samples. */
export interface EpochRecord {
  /** 1-based. */
  readonly epoch: number;
  /** Training loss, measured while training. */
  readonly loss: number;
  /** 0 to 1, measured while training. */
  readonly accuracy?: number;
  readonly validationLoss?: number;
  /** 0 to 1. */
  readonly validationAccuracy?: number;
  readonly steps: number;
  /** Training only, without validation, ns. */
  readonly trainNs: number;
  /** Validation only, ns. */
  readonly validationNs?: number;
  /** Further metrics by name. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** When a target was first met at the end of an epoch. */
export interface TimeToTarget {
  /** A metric of `EpochRecord`, as in `validationAccuracy`. */
  readonly metric: string;
  readonly target: number;
  /** Whether larger values are better. */
  readonly direction: "at-least" | "at-most";
  /** Training and validation time until then, ns; absent = never reached. */
  readonly reachedNs?: number;
  /** Epochs done until then, or all epochs when never reached. */
  readonly epochs: number;
}
