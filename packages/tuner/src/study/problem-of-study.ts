// The search problem of a study's header, with the checks that need more than one of its parts.
import { UsageError } from "@fastgpu/core";
import { checkProblem, type MetricBound, type Problem } from "../problem.ts";
import { Random } from "../random.ts";
import { Space } from "../space/space.ts";
import type { StudyHeader } from "./study-line.ts";

/**
 * The problem, proven to have at least one configuration.
 *
 * @throws {UsageError} for an empty space, bounds that contradict each other, an unknown parameter of the baseline
 */
export function problemOfStudy({
  space: declaration,
  objectives,
  bounds,
  baseline,
}: Pick<StudyHeader, "space" | "objectives" | "bounds" | "baseline">): Problem {
  const space = new Space(declaration);
  const problem: Problem = { space, objectives, bounds };
  checkProblem(problem);
  checkBounds(bounds);
  space.checkNotEmpty(Random.of(0));
  if (baseline !== undefined) space.pointOf(baseline);
  return problem;
}

function checkBounds(bounds: readonly MetricBound[]): void {
  for (const metric of new Set(bounds.map((bound) => bound.metric))) {
    const own = bounds.filter((bound) => bound.metric === metric);
    const low = Math.max(...own.map(({ atLeast = -Infinity }) => atLeast));
    const high = Math.min(...own.map(({ atMost = Infinity }) => atMost));
    if (low > high) {
      throw new UsageError(
        `problem: bounds on ${metric} must leave a value, got at least ${low} and at most ${high}`,
      );
    }
  }
}
