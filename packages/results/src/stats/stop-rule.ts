// When sampling is over: enough iterations and enough time, or the cap. It never looks at the values, so
// stopping cannot favour a result.

/** Limits of the sampling phase. */
export interface SamplingRule {
  readonly minIterations: number;
  readonly minElapsedNs: number;
  /** Sampling ends here even with fewer iterations. */
  readonly maxElapsedNs: number;
}

/** Default limits: at least 30 iterations and 1 s, at most 60 s. */
export const defaultSamplingRule: SamplingRule = {
  minIterations: 30,
  minElapsedNs: 1_000_000_000,
  maxElapsedNs: 60_000_000_000,
};

/** `continue`: measure another iteration. The others are the `stopReason` of the record. */
export type SamplingDecision = "continue" | "enough" | "time-limit";

/** Whether sampling goes on. At least one iteration is always made. */
export function decideSampling(
  state: { readonly iterations: number; readonly elapsedNs: number },
  rule: SamplingRule = defaultSamplingRule,
): SamplingDecision {
  if (state.iterations >= rule.minIterations && state.elapsedNs >= rule.minElapsedNs) {
    return "enough";
  }
  return state.iterations > 0 && state.elapsedNs >= rule.maxElapsedNs ? "time-limit" : "continue";
}
