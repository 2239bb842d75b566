// A search space: parameters, the conditions under which they are active, and rules known before anything runs.
// It lists, draws, names and encodes configurations. A configuration is also a point: one level number per axis,
// `inactive` where a condition does not hold, which is the form that strategies compute with.
import { UsageError } from "@fastgpu/core";
import type { Random } from "../random.ts";
import type { Axis } from "./axis.ts";
import { axisOf } from "./check-declaration.ts";
import type { Configuration, PredicateConstraint, SpaceDeclaration } from "./declaration.ts";
import { parseConstraint } from "./expression.ts";
import { walkPoints, type Rules } from "./walk.ts";
import { checkedCondition, isActive, parentsFirst, type ActiveWhen } from "./condition.ts";

/** The level of an axis whose parameter is not active. */
export const inactive = -1;

/** One level per axis, in the order of `Space.axes`. */
export type Point = readonly number[];

/** Spaces with at most this many valid configurations are listed as a whole by default. */
export const defaultListLimit = 200_000;

// Draws before a sample is looked for by walking the space, and nodes that such a walk may visit.
const maximumDraws = 2000;
const maximumNodes = 5_000_000;

/** A checked search space. Immutable; `list` is computed once. */
export class Space {
  readonly declaration: SpaceDeclaration;
  /** One per parameter, parents of conditions before their children. */
  readonly axes: readonly Axis[];
  /** Number of combinations of all parameters, ignoring conditions and constraints; may be Infinity. */
  readonly combinations: number;
  readonly #conditions: readonly ActiveWhen[];
  readonly #constraints: readonly PredicateConstraint[];
  readonly #rules: Rules;
  readonly #position: ReadonlyMap<string, number>;
  readonly #only: ReadonlyMap<string, Point> | undefined;
  readonly #onlyPoints: readonly Point[];
  #listed: { readonly limit: number; readonly points: readonly Point[] | undefined } | undefined;

  /**
   * @throws {UsageError} for a declaration that breaks a rule; contradictory constraints only show in `list`,
   *   `sample` and `checkNotEmpty`
   */
  constructor(declaration: SpaceDeclaration) {
    const names = Object.keys(checkedParameters(declaration));
    const unsorted = new Map(
      names.map((name) => [name, axisOf(name, declaration.parameters[name]!)] as const),
    );
    const order = parentsFirst(declaration.parameters);
    this.declaration = declaration;
    this.axes = order.map((name) => unsorted.get(name)!);
    this.combinations = this.axes.reduce((product, axis) => product * axis.size, 1);
    this.#position = new Map(order.map((name, position) => [name, position]));
    this.#conditions = order.map((name) =>
      checkedCondition(name, declaration.parameters[name]!.when, this.axes, this.#position),
    );
    this.#constraints = checkedConstraints(declaration, new Set(names));
    this.#rules = {
      axes: this.axes,
      conditions: this.#conditions,
      constraints: this.#constraints.map((constraint) => {
        const uses = constraint.uses.map((name) => this.#position.get(name)!);
        return { ...constraint, positions: uses, last: Math.max(...uses) };
      }),
    };
    this.#only = this.#checkedOnly(declaration);
    this.#onlyPoints = [...(this.#only?.values() ?? [])];
  }

  /**
   * Every valid point in a fixed order, or undefined if there are more than `limit`, or the constraints leave so few
   * among so many that looking for all takes too long.
   *
   * @throws {UsageError} if there is none; the message counts what each constraint refused
   */
  list(limit: number = defaultListLimit): readonly Point[] | undefined {
    if (this.#only !== undefined) {
      return this.#only.size <= limit ? this.#onlyPoints : undefined;
    }
    // Without rules the number of points is known, and a space that is too large is not walked to find that out.
    const isFree =
      this.#constraints.length === 0 && this.#conditions.every((when) => when.length === 0);
    if (isFree && this.combinations > limit) return undefined;
    if (this.#listed === undefined || this.#listed.limit !== limit) {
      const walk = walkPoints(this.#rules, { limit, maximumNodes });
      if (walk.isComplete && walk.points.length === 0) throw this.#emptyError(walk.refusals);
      this.#listed = { limit, points: walk.isComplete ? walk.points : undefined };
    }
    return this.#listed.points;
  }

  /**
   * A valid point: uniform over all of them in a space that can be listed, otherwise by rejection, and where
   * constraints are too tight for that by a random walk that backtracks.
   *
   * @throws {UsageError} if the space is empty, or so tight that no point was found
   */
  sample(random: Random): Point {
    const isListed = this.#only !== undefined || this.combinations <= maximumNodes;
    const listed = isListed ? this.list(this.#only?.size) : undefined;
    if (listed !== undefined) return listed[random.integer(listed.length)]!;
    for (let draw = 0; draw < maximumDraws; draw++) {
      const point = this.samplePoint(random);
      if (this.refusalOf(point) === undefined) return point;
    }
    const walk = walkPoints(this.#rules, { limit: 1, maximumNodes, random });
    const [found] = walk.points;
    if (found !== undefined) return found;
    throw this.#emptyError(walk.refusals);
  }

  /** A point that respects the conditions and may break constraints: each active axis drawn uniformly. */
  samplePoint(random: Random): Point {
    const levels: number[] = [];
    this.axes.forEach((axis, position) => {
      levels.push(
        isActive(this.#conditions[position]!, levels) ? random.integer(axis.size) : inactive,
      );
    });
    return levels;
  }

  /**
   * Refuses an empty space before a study starts.
   *
   * @throws {UsageError} if no configuration is valid; the message counts what each constraint refused
   */
  checkNotEmpty(random: Random): void {
    this.sample(random);
  }

  /** The values of a point, inactive parameters left out, in the order of the declaration. */
  configurationOf(point: Point): Configuration {
    const entries = Object.keys(this.declaration.parameters).flatMap((name) => {
      const position = this.#position.get(name)!;
      const level = point[position]!;
      return level === inactive ? [] : [[name, this.axes[position]!.valueAt(level)] as const];
    });
    return Object.fromEntries(entries);
  }

  /**
   * The point of a configuration; it may break constraints.
   *
   * @throws {UsageError} for a value that its parameter does not have, a missing or an inactive parameter
   */
  pointOf(configuration: Configuration): Point {
    const unknown = Object.keys(configuration).find((name) => !this.#position.has(name));
    if (unknown !== undefined) {
      throw new UsageError(`space: configurations must name its parameters, got ${unknown}`);
    }
    const levels: number[] = [];
    this.axes.forEach((axis, position) => {
      const value = configuration[axis.name];
      const isOn = isActive(this.#conditions[position]!, levels);
      const level = isOn ? axis.levelOf(value) : value === undefined ? inactive : undefined;
      if (level === undefined) {
        const rule = isOn
          ? "value must be one of the space"
          : "must be absent where it is inactive";
        const given = value === undefined ? "none" : JSON.stringify(value);
        throw new UsageError(`space: parameter ${axis.name}: ${rule}, got ${given}`);
      }
      levels.push(level);
    });
    return levels;
  }

  /** Whether a configuration is a valid one of this space, whatever it names. */
  has(configuration: Configuration): boolean {
    try {
      return this.refusalOf(this.pointOf(configuration)) === undefined;
    } catch (error) {
      if (error instanceof UsageError) return false;
      throw error;
    }
  }

  /** Why a point is not valid (the constraint that it breaks), or undefined. Conditions must already hold. */
  refusalOf(point: Point): string | undefined {
    if (this.#only !== undefined) return this.#only.has(this.keyOf(point)) ? undefined : "only";
    return this.#brokenRule(point);
  }

  #brokenRule(point: Point): string | undefined {
    const configuration = this.configurationOf(point);
    return this.#rules.constraints.find(
      (rule) =>
        rule.positions.every((position) => point[position] !== inactive) &&
        !rule.holds(configuration),
    )?.name;
  }

  /** A text that two points share exactly if they are the same. */
  keyOf(point: Point): string {
    return point.join(",");
  }

  /**
   * Sets axes to inactive, or from inactive to their first valid level, until the conditions hold again: what a point
   * becomes after one of its axes was changed.
   */
  settle(point: Point, levelFor: (axis: Axis) => number): Point {
    const levels: number[] = [];
    this.axes.forEach((axis, position) => {
      const isOn = isActive(this.#conditions[position]!, levels);
      const level = point[position]!;
      levels.push(!isOn ? inactive : level === inactive ? levelFor(axis) : level);
    });
    return levels;
  }

  /**
   * Valid points that differ from `point` in one parameter (and in what became active or inactive by that): with
   * "adjacent" the next valid level in each direction and every other category, with "any" each other level of axes
   * that have at most 256.
   */
  neighbours(point: Point, reach: "adjacent" | "any" = "adjacent"): readonly Point[] {
    const found = new Map<string, Point>();
    this.axes.forEach((axis, position) => {
      const level = point[position]!;
      if (level === inactive) return;
      for (const other of levelsAround(axis, level, reach)) {
        const changed = this.#changed(point, position, other);
        if (this.refusalOf(changed) === undefined) found.set(this.keyOf(changed), changed);
        else if (reach === "adjacent") this.#addBeyond(found, point, position, other);
      }
    });
    found.delete(this.keyOf(point));
    return [...found.values()];
  }

  /** Coordinates in [0, 1] of all axes one after another; NaN where inactive. */
  encode(point: Point): Float64Array {
    const coordinates: number[] = [];
    this.axes.forEach((axis, position) => {
      const level = point[position]!;
      for (let column = 0; column < axis.width; column++) {
        coordinates.push(level === inactive ? NaN : axis.coordinate(level, column));
      }
    });
    return Float64Array.from(coordinates);
  }

  #checkedOnly({ only }: SpaceDeclaration): ReadonlyMap<string, Point> | undefined {
    if (only === undefined) return undefined;
    const points = only.map((configuration) => this.pointOf(configuration));
    const valid = points.filter((point) => this.#brokenRule(point) === undefined);
    if (valid.length === 0) {
      throw new UsageError(
        `space: only must list at least one valid configuration, got 0 of ${only.length}`,
      );
    }
    return new Map(valid.map((point) => [this.keyOf(point), point]));
  }

  #changed(point: Point, position: number, level: number): Point {
    const changed = point.map((old, other) => (other === position ? level : old));
    return this.settle(changed, (axis) => (axis.size - 1) >> 1);
  }

  // Where the next level is refused, the search goes on in its direction: a rule such as "a multiple of b" leaves gaps.
  #addBeyond(found: Map<string, Point>, point: Point, position: number, refused: number): void {
    const axis = this.axes[position]!;
    if (!axis.isOrdered || axis.isFine || axis.width > 1) return;
    const step = Math.sign(refused - point[position]!);
    for (let level = refused + step; level >= 0 && level < axis.size; level += step) {
      const changed = this.#changed(point, position, level);
      if (this.refusalOf(changed) !== undefined) continue;
      found.set(this.keyOf(changed), changed);
      return;
    }
  }

  #emptyError(refusals: ReadonlyMap<string, number>): UsageError {
    const counted = [...refusals].map(
      ([name, count]) => `${JSON.stringify(name)} refused ${count}`,
    );
    const reasons = counted.length === 0 ? "" : ` (${counted.join(", ")})`;
    return new UsageError(
      `space: constraints must leave at least one configuration, got none${reasons}; loosen a constraint`,
    );
  }
}

function levelsAround(axis: Axis, level: number, reach: "adjacent" | "any"): readonly number[] {
  if (reach === "adjacent" || axis.isFine) return axis.adjacent(level);
  return Array.from({ length: axis.size }, (_, other) => other).filter((other) => other !== level);
}

function checkedParameters(declaration: SpaceDeclaration): SpaceDeclaration["parameters"] {
  const { parameters } = declaration as { readonly parameters?: unknown };
  if (
    typeof parameters !== "object" ||
    parameters === null ||
    Object.keys(parameters).length === 0
  ) {
    throw new UsageError("space: parameters must name at least one parameter, got none");
  }
  return declaration.parameters;
}

function checkedConstraints(
  { constraints = [] }: SpaceDeclaration,
  names: ReadonlySet<string>,
): PredicateConstraint[] {
  return constraints.map((constraint) => {
    if (typeof constraint === "string") return parseConstraint(constraint, names);
    const unknown = constraint.uses.find((name) => !names.has(name));
    if (unknown !== undefined || constraint.uses.length === 0) {
      throw new UsageError(
        `space: constraint ${constraint.name}: uses must list parameters, got ${unknown ?? "none"}`,
      );
    }
    return constraint;
  });
}
