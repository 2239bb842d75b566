// Searches that follow a sequence of points in the unit cube without looking at results: Sobol points and Latin
// hypercubes. A point that breaks a constraint or was tried is skipped.
import { SeenPoints } from "../seen.ts";
import type { Problem } from "../problem.ts";
import { Random } from "../random.ts";
import type { Point, Space } from "../space/space.ts";
import type { Strategy } from "../strategy.ts";
import { drawUnseen } from "./random-search.ts";
import { sobolPoints } from "./sobol.ts";

/** Points of the unit cube, one number in [0, 1) per axis, without an end. */
export type UnitSequence = (dimensions: number, seed: number) => Generator<Float64Array>;

// Points of the sequence that may be skipped for one proposal before chance takes over.
const maximumSkips = 20_000;

/** Sobol points with a random digital shift. */
export function sobolSearch(problem: Problem): Strategy {
  return sequenceSearch("sobol", problem, sobolPoints);
}

/** Latin hypercubes of 16, 32, 64, ... points one after another: each has every sixteenth of every axis once, and so on. */
export function latinHypercubeSearch(problem: Problem): Strategy {
  return sequenceSearch("lhs", problem, latinHypercubes);
}

function sequenceSearch(name: string, { space }: Problem, sequence: UnitSequence): Strategy {
  const seenPoints = new SeenPoints(space);
  let walk: { seed: number; points: Generator<Float64Array>; known: Point[] } | undefined;
  return {
    name,
    propose(history, { count, pending, random, seed }) {
      if (walk?.seed !== seed) {
        walk = { seed, points: sequence(space.axes.length, seed), known: [] };
      }
      const seen = new Set(seenPoints.update(history, pending));
      const chosen: Point[] = [];
      // The first points that are not seen yet, wherever a resumed study takes them up again.
      for (let i = 0, skips = 0; chosen.length < count && skips < maximumSkips; i++) {
        walk.known[i] ??= pointAt(space, walk.points.next().value as Float64Array);
        const point = walk.known[i]!;
        const key = space.keyOf(point);
        if (seen.has(key) || space.refusalOf(point) !== undefined) {
          skips++;
          continue;
        }
        seen.add(key);
        chosen.push(point);
      }
      chosen.push(...drawUnseen(space, { count: count - chosen.length, seen, random }));
      return chosen.map((point) => ({ configuration: space.configurationOf(point) }));
    },
  };
}

function pointAt(space: Space, unit: Float64Array): Point {
  const levels = space.axes.map(({ size }, axis) => Math.floor(unit[axis]! * size));
  return space.settle(levels, () => 0);
}

function* latinHypercubes(dimensions: number, seed: number): Generator<Float64Array> {
  for (let block = 0; ; block++) {
    const count = 16 * 2 ** Math.min(block, 16);
    const random = Random.of(seed, block);
    const strata = Array.from({ length: dimensions }, () =>
      random.shuffle(Array.from({ length: count }, (_, i) => i)),
    );
    for (let i = 0; i < count; i++) {
      yield Float64Array.from(strata, (order) => (order[i]! + random.next()) / count);
    }
  }
}
