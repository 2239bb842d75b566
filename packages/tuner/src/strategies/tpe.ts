// Tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kegl, NeurIPS 2011): densities of the good and of the
// other configurations, and proposals where their ratio is highest. Axes are independent, as in the paper.
import type { Problem } from "../problem.ts";
import type { Random } from "../random.ts";
import type { Axis } from "../space/axis.ts";
import { inactive, type Point, type Space } from "../space/space.ts";
import type { Strategy } from "../strategy.ts";
import { Ledger } from "./ledger.ts";
import { drawUnseen } from "./random-search.ts";
import { scalarCosts } from "./scalar-costs.ts";

const startSize = 10;
const goodShare = 0.15;
const maximumGood = 25;
const candidateCount = 64;
// Share of the uniform density, so that no level is ever excluded.
const uniformShare = 1;

/** TPE. The first 10 configurations are random. */
export function tpeSearch(problem: Problem): Strategy {
  const { space } = problem;
  const ledger = new Ledger(problem);
  return {
    name: "tpe",
    propose(history, { count, pending, random }) {
      ledger.update(history);
      const { entries } = ledger;
      const seen = new Set(entries.map(({ key }) => key));
      for (const { configuration } of pending) seen.add(space.keyOf(space.pointOf(configuration)));
      const chosen: Point[] = [];
      if (entries.length >= startSize) {
        const costs = scalarCosts(entries, random);
        const order = Array.from(entries.keys()).sort((a, b) => costs[a]! - costs[b]! || a - b);
        const cut = Math.min(maximumGood, Math.ceil(goodShare * entries.length));
        const good = order.slice(0, cut).map((i) => entries[i]!.point);
        const bad = order.slice(cut).map((i) => entries[i]!.point);
        while (chosen.length < count) {
          const point = bestDraw(space, { good, bad, seen, random });
          if (point === undefined) break;
          seen.add(space.keyOf(point));
          chosen.push(point);
        }
      }
      chosen.push(...drawUnseen(space, { count: count - chosen.length, seen, random }));
      return chosen.map((point) => ({ configuration: space.configurationOf(point) }));
    },
  };
}

interface Groups {
  readonly good: readonly Point[];
  readonly bad: readonly Point[];
  readonly seen: ReadonlySet<string>;
  readonly random: Random;
}

function bestDraw(space: Space, { good, bad, seen, random }: Groups): Point | undefined {
  const goodLevels = space.axes.map((_, position) => levelsOf(good, position));
  const densities = space.axes.map((axis, position) => ({
    good: parzen(axis, goodLevels[position]!),
    bad: parzen(axis, levelsOf(bad, position)),
  }));
  let best: Point | undefined;
  let highest = -Infinity;
  for (let found = 0, draw = 0; found < candidateCount && draw < 50 * candidateCount; draw++) {
    const levels = space.axes.map((axis, position) =>
      drawLevel(axis, goodLevels[position]!, random),
    );
    const point = space.settle(levels, (axis) => random.integer(axis.size));
    if (seen.has(space.keyOf(point)) || space.refusalOf(point) !== undefined) continue;
    found++;
    const ratio = point.reduce((sum, level, position) => {
      if (level === inactive) return sum;
      const { good: high, bad: low } = densities[position]!;
      return sum + Math.log(high(level)) - Math.log(low(level));
    }, 0);
    if (ratio > highest) {
      highest = ratio;
      best = point;
    }
  }
  return best;
}

function levelsOf(points: readonly Point[], position: number): number[] {
  return points.map((point) => point[position]!).filter((level) => level !== inactive);
}

/** Width of the kernels of an ordered axis in coordinates: narrower with more samples, never below a level. */
function bandwidth(axis: Axis, count: number): number {
  return Math.max(1 / axis.size, 0.4 * count ** -0.4);
}

// Unnormalised within an axis: the factor is the same for both densities up to the width, which is divided by.
function parzen(axis: Axis, levels: readonly number[]): (level: number) => number {
  const width = bandwidth(axis, levels.length);
  const uniform = axis.isOrdered ? uniformShare : uniformShare / axis.size;
  return (level) => {
    let sum = uniform;
    for (const other of levels) {
      if (!axis.isOrdered) sum += Number(other === level);
      else sum += Math.exp((-0.5 * squaredDistance(axis, level, other)) / width ** 2) / width;
    }
    return sum / (levels.length + uniformShare);
  };
}

function squaredDistance(axis: Axis, a: number, b: number): number {
  let squared = 0;
  for (let column = 0; column < axis.width; column++) {
    squared += (axis.coordinate(a, column) - axis.coordinate(b, column)) ** 2;
  }
  return squared;
}

function drawLevel(axis: Axis, levels: readonly number[], random: Random): number {
  const chosen = random.integer(levels.length + uniformShare);
  const level = levels[chosen];
  if (level === undefined) return random.integer(axis.size);
  if (!axis.isOrdered) return level;
  if (axis.width > 1) {
    const near = axis.adjacent(level);
    return near.length === 0 || random.next() < 0.5 ? level : near[random.integer(near.length)]!;
  }
  const moved = level + random.normal() * bandwidth(axis, levels.length) * (axis.size - 1);
  return Math.min(axis.size - 1, Math.max(0, Math.round(moved)));
}
