// Random search without repetition: the baseline of every comparison, and what a strategy falls back to.
import { SeenPoints } from "../seen.ts";
import type { Problem } from "../problem.ts";
import type { Random } from "../random.ts";
import type { Point, Space } from "../space/space.ts";
import type { Strategy } from "../strategy.ts";

// Draws that may hit known points before the space is listed to find what is left.
const maximumDraws = 200;

/** Uniform over the valid configurations that were not tried yet. */
export function randomSearch({ space }: Problem): Strategy {
  const seenPoints = new SeenPoints(space);
  return {
    name: "random",
    propose(history, { count, pending, random }) {
      const seen = new Set(seenPoints.update(history, pending));
      const points = drawUnseen(space, { count, seen, random });
      return points.map((point) => ({ configuration: space.configurationOf(point) }));
    },
  };
}

/** Up to `count` distinct valid points that are not in `seen`; fewer when there are no more. `seen` grows by them. */
export function drawUnseen(
  space: Space,
  { count, seen, random }: { count: number; seen: Set<string>; random: Random },
): Point[] {
  const drawn: Point[] = [];
  while (drawn.length < count) {
    const point = drawOne(space, seen, random);
    if (point === undefined) break;
    seen.add(space.keyOf(point));
    drawn.push(point);
  }
  return drawn;
}

function drawOne(space: Space, seen: ReadonlySet<string>, random: Random): Point | undefined {
  for (let draw = 0; draw < maximumDraws; draw++) {
    const point = space.sample(random);
    if (!seen.has(space.keyOf(point))) return point;
  }
  const rest = space.list()?.filter((point) => !seen.has(space.keyOf(point)));
  return rest === undefined || rest.length === 0 ? undefined : rest[random.integer(rest.length)];
}
