// Every valid configuration once, in the order of the space. What other strategies are judged against.
import { UsageError } from "@fastgpu/core";
import { SeenPoints } from "../seen.ts";
import type { Problem } from "../problem.ts";
import type { Strategy } from "../strategy.ts";

const limit = 1_000_000;

/**
 * The first configurations of the list that were not tried yet.
 *
 * @throws {UsageError} at the first proposal, if the space cannot be listed
 */
export function exhaustive({ space }: Problem): Strategy {
  const seenPoints = new SeenPoints(space);
  return {
    name: "exhaustive",
    propose(history, { count, pending }) {
      const points = space.list(limit);
      if (points === undefined) {
        throw new UsageError(
          `exhaustive: space must have at most ${limit} configurations, got more; use another strategy`,
        );
      }
      const seen = seenPoints.update(history, pending);
      const chosen = [];
      for (let i = 0; i < points.length && chosen.length < count; i++) {
        const isSeen = seen.has(space.keyOf(points[i]!));
        if (!isSeen) chosen.push({ configuration: space.configurationOf(points[i]!) });
      }
      return chosen;
    },
  };
}
