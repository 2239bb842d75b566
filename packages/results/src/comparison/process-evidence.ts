// What one fresh process says in a comparison: its outcome and one number per metric. The samples stay in the journal.

import type { Counters } from "../measurements.ts";
import type { OutcomeState, TrialRecord } from "../trial.ts";
import { gateMetricNames, processValue, voidShare } from "./gate-metric.ts";
import type { GateMetricName } from "./gate-metric.ts";

/** One process of one side. */
export interface ProcessEvidence {
  readonly outcome: OutcomeState;
  /** What went wrong, with `host` or `device` where memory ran out; absent for `ok`. For `invalid`: why it is void. */
  readonly message?: string;
  readonly startedAt: string;
  readonly durationNs: number;
  /** One number per metric that was measured. */
  readonly values: Readonly<Partial<Record<GateMetricName, number>>>;
  readonly counters: Counters;
  /** Share of samples that are void for a measured cause, 1 = 100%. */
  readonly voidShare: number;
  /** False when warm-up ended without a steady state. */
  readonly isSteady: boolean;
}

/**
 * The evidence of a trial.
 *
 * @param costProbability - see `defaultCostProbability`
 */
export function processEvidence(trial: TrialRecord, costProbability: number): ProcessEvidence {
  const { outcome, startedAt, durationNs } = trial;
  const values = gateMetricNames.flatMap((name) => {
    const value = processValue(trial, name, costProbability);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    outcome: outcome.state,
    ...(outcome.state === "ok" ? {} : { message: messageOf(outcome) }),
    startedAt,
    durationNs,
    values: Object.fromEntries(values),
    counters: "measurements" in outcome ? outcome.measurements.counters : {},
    voidShare: voidShare(trial),
    isSteady:
      outcome.state !== "ok" || outcome.measurements.timing?.warmup.reason !== "no-steady-state",
  };
}

function messageOf(outcome: Exclude<TrialRecord["outcome"], { readonly state: "ok" }>): string {
  if (outcome.state === "out-of-memory") {
    return `out of memory on the ${outcome.where}: ${outcome.message}`;
  }
  return outcome.state === "unsupported" ? outcome.reason : outcome.message;
}
