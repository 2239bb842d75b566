// What a trial tells the search: measured values with their uncertainty, or why there are none. "Infeasible" and
// "failed" are not "slow": they teach where the space can be used, never how fast it is there.
import { UsageError } from "@fastgpu/core";
import type { Problem } from "./problem.ts";
import type { Configuration } from "./space/declaration.ts";

/** A measured metric. */
export interface Measured {
  /** The estimate; must be finite. */
  readonly value: number;
  /** Variance of the estimate (of the mean or median, not of one sample); 0 or absent = not known. */
  readonly variance?: number;
}

/** The trial ran, and its answer was correct. A metric that a bound or objective names must be there. */
export interface OkOutcome {
  readonly kind: "ok";
  readonly values: Readonly<Record<string, Measured>>;
}

/** The configuration cannot run here: an unsupported combination, a wrong answer. Trying again would not help. */
export interface InfeasibleOutcome {
  readonly kind: "infeasible";
  readonly reason: string;
}

/** The trial broke: crash, out of memory, time-out. */
export interface FailedOutcome {
  readonly kind: "failed";
  readonly cause: "crashed" | "out-of-memory" | "timeout" | "error";
  readonly detail?: string;
}

/** How a trial ended. */
export type TrialOutcome = OkOutcome | InfeasibleOutcome | FailedOutcome;

/** A finished trial. */
export interface Observation {
  readonly configuration: Configuration;
  readonly outcome: TrialOutcome;
  /** Share of the full effort in (0, 1], for strategies that start small (epochs of a training); 1 if absent. */
  readonly fidelity?: number;
}

/**
 * Refuses an observation that would poison the search.
 *
 * @throws {UsageError} for a configuration outside of the space, a value or variance that is NaN or infinite, or a
 *   missing metric
 */
export function checkObservation(problem: Problem, observation: Observation): void {
  problem.space.pointOf(observation.configuration);
  const { outcome, fidelity = 1 } = observation;
  if (!(fidelity > 0 && fidelity <= 1)) {
    throw new UsageError(`tell: fidelity must be above 0 and at most 1, got ${fidelity}`);
  }
  if (outcome.kind !== "ok") return;
  const needed = [...problem.objectives, ...(problem.bounds ?? [])].map(({ metric }) => metric);
  for (const metric of needed) {
    const measured = outcome.values[metric];
    if (measured === undefined || !Number.isFinite(measured.value)) {
      throw new UsageError(
        `tell: ${metric} must be a finite number, got ${measured === undefined ? "none" : measured.value}; tell a trial without a result as failed`,
      );
    }
    const { variance = 0 } = measured;
    if (!(Number.isFinite(variance) && variance >= 0)) {
      throw new UsageError(`tell: variance of ${metric} must be at least 0, got ${variance}`);
    }
  }
}
