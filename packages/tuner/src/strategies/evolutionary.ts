// A steady-state genetic algorithm: tournament selection among the best so far, uniform crossover, mutation to any level
// of an axis or a step next to it. Trials without a result rank last.
import { Ledger, isAdmissible, type Entry } from "./ledger.ts";
import type { Problem } from "../problem.ts";
import type { Random } from "../random.ts";
import { inactive, type Point, type Space } from "../space/space.ts";
import type { Strategy } from "../strategy.ts";
import { drawUnseen } from "./random-search.ts";
import { scalarCosts } from "./scalar-costs.ts";

const populationSize = 20;
const tournamentSize = 3;
// Children that may be invalid or known before chance takes over.
const maximumTries = 200;

/** Evolutionary search. The first 20 configurations are random. */
export function evolutionarySearch(problem: Problem): Strategy {
  const { space } = problem;
  const ledger = new Ledger(problem);
  return {
    name: "evolutionary",
    propose(history, { count, pending, random }) {
      ledger.update(history);
      const seen = new Set(ledger.entries.map(({ key }) => key));
      for (const { configuration } of pending) seen.add(space.keyOf(space.pointOf(configuration)));
      const population = survivors(ledger.entries, random);
      const chosen: Point[] = [];
      while (chosen.length < count && population.length >= populationSize) {
        const child = newChild(space, { population, seen, random });
        if (child === undefined) break;
        seen.add(space.keyOf(child));
        chosen.push(child);
      }
      chosen.push(...drawUnseen(space, { count: count - chosen.length, seen, random }));
      return chosen.map((point) => ({ configuration: space.configurationOf(point) }));
    },
  };
}

function survivors(entries: readonly Entry[], random: Random): readonly Point[] {
  const costs = scalarCosts(entries, random);
  return Array.from(entries.keys())
    .filter((i) => isAdmissible(entries[i]!) || entries.length >= populationSize)
    .sort((a, b) => costs[a]! - costs[b]! || a - b)
    .slice(0, populationSize)
    .map((i) => entries[i]!.point);
}

function newChild(
  space: Space,
  {
    population,
    seen,
    random,
  }: { population: readonly Point[]; seen: ReadonlySet<string>; random: Random },
): Point | undefined {
  // The population is sorted, so the winner of a tournament is the one with the lowest number.
  const pick = (): Point => {
    let winner = population.length - 1;
    for (let k = 0; k < tournamentSize; k++) {
      winner = Math.min(winner, random.integer(population.length));
    }
    return population[winner]!;
  };
  for (let attempt = 0; attempt < maximumTries; attempt++) {
    const [mother, father] = [pick(), pick()];
    const mixed = mother.map((level, axis) => (random.next() < 0.5 ? level : father[axis]!));
    const child = mutated(space, mixed, random);
    if (!seen.has(space.keyOf(child)) && space.refusalOf(child) === undefined) return child;
  }
  return undefined;
}

function mutated(space: Space, point: Point, random: Random): Point {
  const rate = 1 / space.axes.length;
  const levels = point.map((level, position) => {
    const axis = space.axes[position]!;
    if (level === inactive || axis.size === 1 || random.next() >= rate) return level;
    const near = axis.adjacent(level);
    return random.next() < 0.5 && near.length > 0
      ? near[random.integer(near.length)]!
      : random.integer(axis.size);
  });
  return space.settle(levels, (axis) => random.integer(axis.size));
}
