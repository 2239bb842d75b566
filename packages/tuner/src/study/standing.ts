// How trials stand against each other: which keep the bounds, which is best, which nothing beats, and why the others
// have no result. Pure.
import type { OkOutcome, TrialOutcome } from "../observation.ts";
import type { MetricBound, Objective } from "../problem.ts";
import type { StudyState, StudyTrial } from "./study-state.ts";

/** A trial with values, told at full effort. */
export type MeasuredTrial = StudyTrial & { readonly outcome: OkOutcome };

/** Trials at full effort that ran, whether they keep the bounds or not. */
export function measuredTrials({ trials }: Pick<StudyState, "trials">): readonly MeasuredTrial[] {
  return trials.filter(
    (trial): trial is MeasuredTrial => trial.outcome?.kind === "ok" && (trial.fidelity ?? 1) === 1,
  );
}

/** The bounds that values break, judged by the estimates. */
export function brokenBounds(
  values: OkOutcome["values"],
  bounds: readonly MetricBound[],
): readonly MetricBound[] {
  return bounds.filter(({ metric, atMost = Infinity, atLeast = -Infinity }) => {
    const value = values[metric]?.value ?? NaN;
    return !(value <= atMost && value >= atLeast);
  });
}

/** Trials that ran and keep every bound, the best by the first objective first. */
export function feasibleTrials({ header, trials }: StudyState): readonly MeasuredTrial[] {
  const [first] = header.objectives;
  return measuredTrials({ trials })
    .filter(({ outcome }) => brokenBounds(outcome.values, header.bounds).length === 0)
    .sort((a, b) => costOf(a, first) - costOf(b, first));
}

/** The objective as a number to be made small. */
export function costOf({ outcome }: MeasuredTrial, { metric, direction }: Objective): number {
  const value = outcome.values[metric]?.value ?? NaN;
  return direction === "minimize" ? value : -value;
}

/** The feasible trials that no other is at least as good as in every objective and better in one. */
export function paretoFront(state: StudyState): readonly MeasuredTrial[] {
  const { objectives } = state.header;
  const feasible = feasibleTrials(state);
  const beats = (a: MeasuredTrial, b: MeasuredTrial): boolean =>
    objectives.every((objective) => costOf(a, objective) <= costOf(b, objective)) &&
    objectives.some((objective) => costOf(a, objective) < costOf(b, objective));
  return feasible.filter((trial) => !feasible.some((other) => beats(other, trial)));
}

/** Why trials are no answer, the commonest reason first. */
export function countReasons({ header, trials }: StudyState): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (reason: string): void => {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  };
  for (const { outcome } of trials) {
    if (outcome === undefined) continue;
    if (outcome.kind === "ok") {
      for (const bound of brokenBounds(outcome.values, header.bounds)) add(boundText(bound));
    } else add(reasonOf(outcome));
  }
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}

/** A bound as a user would write it: `p95 <= 0.02`. */
export function boundText({ metric, atMost, atLeast }: MetricBound): string {
  const parts = [
    ...(atMost === undefined ? [] : [`${metric} <= ${atMost}`]),
    ...(atLeast === undefined ? [] : [`${metric} >= ${atLeast}`]),
  ];
  return `breaks ${parts.join(" and ")}`;
}

function reasonOf(outcome: Exclude<TrialOutcome, OkOutcome>): string {
  return outcome.kind === "failed" ? outcome.cause : outcome.reason;
}
