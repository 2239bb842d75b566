// What is searched for: a space, what to make small or large in it, and the bounds that an answer must keep.
import { UsageError } from "@fastgpu/core";
import type { Space } from "./space/space.ts";

/** A metric to optimise. Metrics are numbers that the caller measures; names are the caller's. */
export interface Objective {
  readonly metric: string;
  readonly direction: "minimize" | "maximize";
}

/** A bound on a metric (p95 <= 20 ms, accuracy >= 0.9): a configuration that breaks it is no answer. */
export interface MetricBound {
  readonly metric: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** A search problem. With several objectives the answer is a Pareto front. */
export interface Problem {
  readonly space: Space;
  readonly objectives: readonly [Objective, ...Objective[]];
  readonly bounds?: readonly MetricBound[];
}

/**
 * Checks what can be checked before the first trial.
 *
 * @throws {UsageError} for no objective, a metric twice, a bound without a number
 */
export function checkProblem({ objectives, bounds = [] }: Problem): void {
  const metrics = (objectives as readonly Objective[]).map(({ metric }) => metric);
  if (metrics.length === 0 || new Set(metrics).size !== metrics.length) {
    throw new UsageError(
      `problem: objectives must be at least one, each metric once, got [${metrics.join(", ")}]`,
    );
  }
  for (const { metric, direction } of objectives) {
    if (!["minimize", "maximize"].includes(direction)) {
      throw new UsageError(
        `problem: direction of ${metric} must be minimize or maximize, got ${direction as string}`,
      );
    }
  }
  for (const { metric, atMost, atLeast } of bounds) {
    const limits = [atMost, atLeast].filter((limit) => limit !== undefined);
    if (limits.length === 0 || !limits.every((limit) => Number.isFinite(limit))) {
      throw new UsageError(
        `problem: bound on ${metric} must have a finite atMost or atLeast, got ${limits.join(", ") || "none"}`,
      );
    }
  }
}
