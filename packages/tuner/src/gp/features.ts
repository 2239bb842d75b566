// Points as numbers for a kernel, column by column, so that the distance of one point to all candidates is a few plain
// loops over typed arrays.
import type { Axis } from "../space/axis.ts";
import { inactive, type Point, type Space } from "../space/space.ts";

/**
 * One term of the squared distance: the squared difference of a coordinate ("rank"), or 1 where two points differ in an
 * axis ("differs"). An axis with an order has both, each with its own length-scale; two levels need only one, a fine
 * axis only ranks, categories only "differs". A conditional axis has "differs" as well, which sees active against
 * inactive.
 */
export interface Term {
  readonly kind: "rank" | "differs";
  readonly axis: number;
  readonly column: number;
}

/** Which terms the distance in a space has. */
export function termsOf(space: Space): readonly Term[] {
  return space.axes.flatMap((axis, position) => {
    if (axis.size === 1) return [];
    const terms: Term[] = [];
    if (axis.isOrdered) {
      for (let column = 0; column < axis.width; column++) {
        terms.push({ kind: "rank", axis: position, column });
      }
    }
    const parameter = space.declaration.parameters[axis.name]!;
    const isCategory = !axis.isFine && (axis.size > 2 || !axis.isOrdered);
    if (isCategory || parameter.when !== undefined) {
      terms.push({ kind: "differs", axis: position, column: 0 });
    }
    return terms;
  });
}

/** Squared difference of two features of a term. */
export function termDistance(term: Term, a: number, b: number): number {
  if (term.kind === "differs") return a === b ? 0 : 1;
  return (a - b) * (a - b);
}

/** An axis with few levels: per term the feature of each level, shifted by 1, so that 0 is inactive. */
interface LevelAxis {
  readonly terms: readonly number[];
  readonly features: readonly Float64Array[];
}

/** Axes with few levels as one number per point: the shifted levels as digits, those of the last axis the lowest. */
interface LevelGroup {
  readonly kind: "levels";
  readonly axes: readonly LevelAxis[];
  /** Numbers that there are: the product of the shifted levels of the axes. */
  readonly size: number;
  readonly levels: Uint16Array;
}

/** One term of a fine axis, by its feature. */
interface ValueGroup {
  readonly kind: "values";
  readonly term: number;
  readonly values: Float64Array;
}

type ColumnGroup = LevelGroup | ValueGroup;

// A table of distances per group is computed for each point: small against the candidates that are looked up in it.
const largestGroup = 512;

/** The numbers of points, in column groups. */
export class FeatureTable {
  readonly terms: readonly Term[];
  readonly count: number;
  readonly #groups: readonly ColumnGroup[];

  private constructor(terms: readonly Term[], count: number, groups: readonly ColumnGroup[]) {
    this.terms = terms;
    this.count = count;
    this.#groups = groups;
  }

  /** The table of `points`. */
  static of(space: Space, terms: readonly Term[], points: readonly Point[]): FeatureTable {
    const groups: ColumnGroup[] = [];
    let open: LevelGroup | undefined;
    space.axes.forEach((axis, position) => {
      const own = Array.from(terms.keys()).filter((t) => terms[t]!.axis === position);
      if (own.length === 0) return;
      if (axis.isFine) {
        groups.push(...valueGroups(axis, own, terms, points));
        return;
      }
      const group = levelGroup(axis, position, own, terms, points);
      const isRoom = open !== undefined && open.size * group.size <= largestGroup;
      if (open !== undefined && !isRoom) groups.push(open);
      open = open !== undefined && isRoom ? joined(open, group) : group;
    });
    return new FeatureTable(terms, points.length, open === undefined ? groups : [...groups, open]);
  }

  /** The table of some of the points. */
  subset(indices: Int32Array): FeatureTable {
    const groups = this.#groups.map((group): ColumnGroup => {
      if (group.kind === "values") return { ...group, values: pick(group.values, indices) };
      const levels = new Uint16Array(indices.length);
      for (let k = 0; k < indices.length; k++) levels[k] = group.levels[indices[k]!]!;
      return { ...group, levels };
    });
    return new FeatureTable(this.terms, indices.length, groups);
  }

  /** Weighted squared distances of the points to one; `weights` has one number per term. */
  distancesTo(features: Float64Array, weights: Float64Array): Distances {
    const { terms } = this;
    return new Distances(
      this.#groups.map((group): GroupDistance => {
        if (group.kind === "values") {
          const { term, values } = group;
          const [own, weight] = [features[term]!, weights[term]!];
          return { kind: "value", values, term: terms[term]!, own, weight };
        }
        const sums = group.axes.reduce<Float64Array>(
          (high, axis) => outerSum(high, axisDistances(axis, terms, features, weights)),
          new Float64Array(1),
        );
        return { kind: "levels", levels: group.levels, sums };
      }),
    );
  }
}

function valueGroups(
  axis: Axis,
  own: readonly number[],
  terms: readonly Term[],
  points: readonly Point[],
): readonly ValueGroup[] {
  return own.map((term) => {
    const { axis: position } = terms[term]!;
    const values = new Float64Array(points.length);
    points.forEach((point, i) => {
      values[i] = featureOf(axis, terms[term]!, point[position]!);
    });
    return { kind: "values", term, values };
  });
}

function levelGroup(
  axis: Axis,
  position: number,
  own: readonly number[],
  terms: readonly Term[],
  points: readonly Point[],
): LevelGroup {
  const size = axis.size + 1;
  const levels = new Uint16Array(points.length);
  points.forEach((point, i) => {
    levels[i] = point[position]! + 1;
  });
  const features = own.map((term) =>
    Float64Array.from({ length: size }, (_, k) => featureOf(axis, terms[term]!, k - 1)),
  );
  return { kind: "levels", axes: [{ terms: own, features }], size, levels };
}

function joined(high: LevelGroup, low: LevelGroup): LevelGroup {
  const levels = high.levels.map((level, i) => level * low.size + low.levels[i]!);
  return {
    kind: "levels",
    axes: [...high.axes, ...low.axes],
    size: high.size * low.size,
    levels,
  };
}

/** Per shifted level of an axis its part of the distance. */
function axisDistances(
  axis: LevelAxis,
  terms: readonly Term[],
  features: Float64Array,
  weights: Float64Array,
): Float64Array {
  const sums = new Float64Array(axis.features[0]!.length);
  axis.terms.forEach((t, k) => {
    const own = axis.features[k]!;
    for (let level = 0; level < own.length; level++) {
      sums[level]! += weights[t]! * termDistance(terms[t]!, own[level]!, features[t]!);
    }
  });
  return sums;
}

function outerSum(high: Float64Array, low: Float64Array): Float64Array {
  const sums = new Float64Array(high.length * low.length);
  for (let i = 0, k = 0; i < high.length; i++) {
    for (let j = 0; j < low.length; j++, k++) sums[k] = high[i]! + low[j]!;
  }
  return sums;
}

/** What a column group adds to the distance: by level, or by the difference of a value. */
type GroupDistance = LevelDistance | ValueDistance;

interface LevelDistance {
  readonly kind: "levels";
  readonly levels: Uint16Array;
  readonly sums: Float64Array;
}

interface ValueDistance {
  readonly kind: "value";
  readonly values: Float64Array;
  readonly term: Term;
  readonly own: number;
  readonly weight: number;
}

/** Distances of the points of a table to one point, computed for as many points at once as are asked for. */
export class Distances {
  readonly #pairs: readonly (readonly [LevelDistance, LevelDistance])[];
  readonly #values: readonly ValueDistance[];

  constructor(groups: readonly GroupDistance[]) {
    const byLevel = groups.filter((group) => group.kind === "levels");
    this.#values = groups.filter((group) => group.kind === "value");
    // Two groups at a time halve the traffic of the sums; one that is alone gets a partner that adds nothing.
    this.#pairs = byLevel.flatMap((group, k) => {
      if (k % 2 === 1) return [];
      const partner = byLevel[k + 1] ?? { ...group, sums: new Float64Array(group.sums.length) };
      return [[group, partner] as const];
    });
  }

  /** Writes those of points `start` to `end` (exclusive) to the beginning of `into`. */
  write(into: Float64Array, start: number, end: number): void {
    const [first, ...others] = this.#pairs;
    if (first === undefined) into.fill(0, 0, end - start);
    else writeByLevels(into, first, start, end);
    for (const pair of others) addByLevels(into, pair, start, end);
    for (const group of this.#values) addByValue(into, group, start, end);
  }
}

/** Some entries of an array. */
export function pick(values: Float64Array, indices: Int32Array): Float64Array {
  const picked = new Float64Array(indices.length);
  for (let k = 0; k < indices.length; k++) picked[k] = values[indices[k]!]!;
  return picked;
}

function writeByLevels(
  into: Float64Array,
  [one, two]: readonly [LevelDistance, LevelDistance],
  start: number,
  end: number,
): void {
  const { levels: levels1, sums: sums1 } = one;
  const { levels: levels2, sums: sums2 } = two;
  for (let i = start; i < end; i++) {
    into[i - start] = sums1[levels1[i]!]! + sums2[levels2[i]!]!;
  }
}

function addByLevels(
  into: Float64Array,
  [one, two]: readonly [LevelDistance, LevelDistance],
  start: number,
  end: number,
): void {
  const { levels: levels1, sums: sums1 } = one;
  const { levels: levels2, sums: sums2 } = two;
  for (let i = start; i < end; i++) {
    into[i - start]! += sums1[levels1[i]!]! + sums2[levels2[i]!]!;
  }
}

function addByValue(
  into: Float64Array,
  { values, term, own, weight }: ValueDistance,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    into[i - start]! += weight * termDistance(term, values[i]!, own);
  }
}

/** The numbers of one point, per term. */
export function featuresOf(space: Space, terms: readonly Term[], point: Point): Float64Array {
  const features = new Float64Array(terms.length);
  for (let t = 0; t < terms.length; t++) {
    const term = terms[t]!;
    features[t] = featureOf(space.axes[term.axis]!, term, point[term.axis]!);
  }
  return features;
}

// An inactive axis is in the middle of its ranks; only "differs" tells it from an active one.
function featureOf(axis: Axis, { kind, column }: Term, level: number): number {
  if (kind === "rank") return level === inactive ? 0.5 : axis.coordinate(level, column);
  // Being active is all that the levels of a fine axis are compared for.
  return axis.isFine ? Math.min(level, 0) : level;
}
