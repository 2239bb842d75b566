// Summary of the latencies of one trial.
/** Order statistics and moments of latencies, ns. */
export interface LatencySummary {
  /** Samples the summary was made from. */
  readonly count: number;
  readonly minNs: number;
  readonly p05Ns: number;
  readonly p50Ns: number;
  readonly p90Ns: number;
  readonly p95Ns: number;
  readonly maxNs: number;
  readonly meanNs: number;
  /** With n - 1 in the denominator; 0 for one sample. */
  readonly standardDeviationNs: number;
  /** Median absolute deviation from the median, not scaled. */
  readonly medianAbsoluteDeviationNs: number;
  /** Distribution-free interval of the median at >= 95% confidence; absent under 6 samples. */
  readonly medianInterval95?: { readonly lowNs: number; readonly highNs: number };
  /** Only with >= 459 samples. */
  readonly p99Ns?: number;
  /** Only with >= 4603 samples. */
  readonly p999Ns?: number;
  /** Tail quantiles that are withheld, and why. Empty when none is. */
  readonly withheld: readonly WithheldQuantile[];
}

/** A quantile that is not stated. */
export interface WithheldQuantile {
  readonly quantile: "p99" | "p99.9";
  readonly reason: string;
}
