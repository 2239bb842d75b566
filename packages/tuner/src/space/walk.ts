// Depth-first walk over a space that checks each constraint as soon as its parameters are set, so that whole subtrees
// fall away; with random numbers it is a search for one valid point.
import type { Random } from "../random.ts";
import type { Axis } from "./axis.ts";
import { isActive, type ActiveWhen } from "./condition.ts";
import type { ParameterValue, PredicateConstraint } from "./declaration.ts";

/** A constraint with the positions of its axes; `last` is the greatest. */
export interface PlacedConstraint extends PredicateConstraint {
  readonly positions: readonly number[];
  readonly last: number;
}

/** What decides whether a point is valid. */
export interface Rules {
  readonly axes: readonly Axis[];
  readonly conditions: readonly ActiveWhen[];
  readonly constraints: readonly PlacedConstraint[];
}

/** What a walk found. */
export interface Walk {
  readonly points: readonly (readonly number[])[];
  /** Whether the whole space was walked. */
  readonly isComplete: boolean;
  /** Nodes that each constraint refused. */
  readonly refusals: ReadonlyMap<string, number>;
}

interface Limits {
  readonly limit: number;
  readonly maximumNodes: number;
  /** Visits the levels of each axis in random order. */
  readonly random?: Random;
}

/** More levels than this are not shuffled in a random walk; levels are drawn with replacement instead. */
const maximumShuffle = 4096;

/** Valid points in lexicographic order of their levels, at most `limit`. */
export function walkPoints(rules: Rules, limits: Limits): Walk {
  const walker = new Walker(rules, limits);
  const isComplete = walker.visit(0);
  return { points: walker.points, isComplete, refusals: walker.refusals };
}

class Walker {
  readonly points: number[][] = [];
  readonly refusals = new Map<string, number>();
  readonly #rules: Rules;
  readonly #limits: Limits;
  readonly #checks: readonly (readonly PlacedConstraint[])[];
  readonly #levels: number[] = [];
  readonly #values: Record<string, ParameterValue> = {};
  #nodes = 0;

  constructor(rules: Rules, limits: Limits) {
    this.#rules = rules;
    this.#limits = limits;
    this.#checks = rules.axes.map((_, position) =>
      rules.constraints.filter((constraint) => constraint.last === position),
    );
  }

  /** Returns false once a limit ended the walk. */
  visit(position: number): boolean {
    const axis = this.#rules.axes[position];
    if (axis === undefined) {
      if (this.points.length >= this.#limits.limit) return false;
      this.points.push([...this.#levels]);
      return true;
    }
    if (!isActive(this.#rules.conditions[position]!, this.#levels)) {
      return this.#enter(position, -1, undefined);
    }
    for (const level of this.#order(axis)) {
      if (++this.#nodes > this.#limits.maximumNodes) return false;
      if (!this.#enter(position, level, axis.valueAt(level))) return false;
    }
    return true;
  }

  #enter(position: number, level: number, value: ParameterValue | undefined): boolean {
    const { name } = this.#rules.axes[position]!;
    this.#levels[position] = level;
    if (value === undefined) Reflect.deleteProperty(this.#values, name);
    else this.#values[name] = value;
    const refused = this.#checks[position]!.find((rule) => this.#breaks(rule));
    if (refused === undefined) {
      const goesOn = this.visit(position + 1);
      this.#levels.length = position;
      return goesOn;
    }
    this.refusals.set(refused.name, (this.refusals.get(refused.name) ?? 0) + 1);
    this.#levels.length = position;
    return true;
  }

  #breaks(rule: PlacedConstraint): boolean {
    const applies = rule.positions.every((position) => this.#levels[position] !== -1);
    return applies && !rule.holds(this.#values);
  }

  *#order({ size }: Axis): Generator<number> {
    const { random } = this.#limits;
    if (random === undefined) {
      for (let level = 0; level < size; level++) yield level;
    } else if (size <= maximumShuffle) {
      yield* random.shuffle(Array.from({ length: size }, (_, level) => level));
    } else {
      for (let draw = 0; draw < maximumShuffle; draw++) yield random.integer(size);
    }
  }
}
