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

/**
 * A group of terms that all depend on the same number of each point: all terms of an axis with few levels, by level
 * (shifted by 1, so that 0 is inactive), or one term of a fine axis, by its feature.
 */
export type ColumnGroup =
  | {
      readonly kind: "levels";
      readonly terms: readonly number[];
      readonly levels: Uint16Array;
      /** Per term the feature of each shifted level. */
      readonly features: readonly Float64Array[];
    }
  | { readonly kind: "values"; readonly term: number; readonly values: Float64Array };

/** The numbers of points, in column groups. */
export class FeatureTable {
  readonly terms: readonly Term[];
  readonly count: number;
  readonly groups: readonly ColumnGroup[];

  private constructor(terms: readonly Term[], count: number, groups: readonly ColumnGroup[]) {
    this.terms = terms;
    this.count = count;
    this.groups = groups;
  }

  /** The table of `points`. */
  static of(space: Space, terms: readonly Term[], points: readonly Point[]): FeatureTable {
    const groups: ColumnGroup[] = [];
    space.axes.forEach((axis, position) => {
      const own = Array.from(terms.keys()).filter((t) => terms[t]!.axis === position);
      if (own.length === 0) return;
      if (axis.isFine) {
        for (const term of own) {
          const values = new Float64Array(points.length);
          points.forEach((point, i) => {
            values[i] = featureOf(axis, terms[term]!, point[position]!);
          });
          groups.push({ kind: "values", term, values });
        }
        return;
      }
      const levels = new Uint16Array(points.length);
      points.forEach((point, i) => {
        levels[i] = point[position]! + 1;
      });
      const features = own.map((term) =>
        Float64Array.from({ length: axis.size + 1 }, (_, k) =>
          featureOf(axis, terms[term]!, k - 1),
        ),
      );
      groups.push({ kind: "levels", terms: own, levels, features });
    });
    return new FeatureTable(terms, points.length, groups);
  }

  /** The table of some of the points. */
  subset(indices: Int32Array): FeatureTable {
    const groups = this.groups.map((group): ColumnGroup => {
      if (group.kind === "values") return { ...group, values: pick(group.values, indices) };
      const levels = new Uint16Array(indices.length);
      for (let k = 0; k < indices.length; k++) levels[k] = group.levels[indices[k]!]!;
      return { ...group, levels };
    });
    return new FeatureTable(this.terms, indices.length, groups);
  }

  /** Adds weighted squared distances of all points to one into `sums`. `weights` has one number per term. */
  addDistances(features: Float64Array, weights: Float64Array, sums: Float64Array): void {
    for (const group of this.groups) {
      if (group.kind === "levels") {
        const table = new Float64Array(group.features[0]!.length);
        group.terms.forEach((t, k) => {
          group.features[k]!.forEach((feature, level) => {
            table[level]! += weights[t]! * termDistance(this.terms[t]!, feature, features[t]!);
          });
        });
        addFromTable(sums, group.levels, table);
      } else {
        const term = this.terms[group.term]!;
        const own = features[group.term]!;
        const weight = weights[group.term]!;
        const { values } = group;
        for (let i = 0; i < values.length; i++) {
          sums[i]! += weight * termDistance(term, values[i]!, own);
        }
      }
    }
  }
}

/** Some entries of an array. */
export function pick(values: Float64Array, indices: Int32Array): Float64Array {
  const picked = new Float64Array(indices.length);
  for (let k = 0; k < indices.length; k++) picked[k] = values[indices[k]!]!;
  return picked;
}

function addFromTable(sums: Float64Array, levels: Uint16Array, table: Float64Array): void {
  for (let i = 0; i < levels.length; i++) sums[i]! += table[levels[i]!]!;
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
