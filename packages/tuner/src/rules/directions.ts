// What a restriction may compare with a limit: a parameter, or a sum, difference, product or ratio of two or three, or
// whether one divides another. Most restrictions of kernels and devices (work-group sizes, shared memory, tiles that
// must divide) are a threshold on one of these, or on two at once.
import { Random } from "../random.ts";
import type { Axis } from "../space/axis.ts";
import { inactive, type Point, type Space } from "../space/space.ts";

/** A number per point from one axis; NaN where it is inactive. */
type Column = (point: Point) => number;

/**
 * A weighted sum of columns, or for "remainder" 1 where the product of all columns but the first does not divide the
 * first and 0 where it does. NaN where a parameter that it needs is inactive; NaN passes no threshold.
 */
export interface Direction {
  readonly kind: "sum" | "remainder";
  /** Columns that it reads, 1 to 3. */
  readonly columns: readonly number[];
  readonly weights: readonly number[];
}

/** Positions of the columns of an axis; value and log are absent where the values are no (positive) numbers. */
interface Scales {
  /** In [0, 1], in the order of the levels. */
  readonly rank: number;
  readonly value?: number;
  readonly log?: number;
  /** Whether the values are whole numbers above 0, which may divide others. */
  readonly isDivisor: boolean;
}

// Groups of two and three grow with the second and third power of the number of parameters; more than this are drawn by
// chance.
const mostPairs = 200;
const mostTriples = 150;
/** Levels that are looked up instead of computed. */
const tableSize = 256;

const pairSigns = [
  [1, 1],
  [1, -1],
  [-1, 1],
  [-1, -1],
] as const;
const tripleSigns = pairSigns.flatMap(([a, b]) => [
  [a, b, 1],
  [a, b, -1],
]);
// Borders of other slopes, in ranks.
const slopedPairs = pairSigns.flatMap(([a, b]) => [
  [a, b],
  [2 * a, b],
  [a, 2 * b],
]);

/** The directions of a space and their numbers, in an order that depends on the space alone. */
export class Directions {
  readonly list: readonly Direction[];
  readonly #columns: Column[] = [];

  constructor(space: Space) {
    const single: Direction[] = [];
    const ordered: Scales[] = [];
    space.axes.forEach((axis, position) => {
      if (axis.size === 1) return;
      if (axis.isOrdered) ordered.push(...this.#scalesOf(axis, position));
      else single.push(...this.#categoriesOf(axis, position));
    });
    for (const { rank } of ordered) single.push(...sums([rank], [[1], [-1]]));
    const pairs = groupsOf(ordered, 2, mostPairs).flatMap(([a, b]) => pairDirections(a!, b!));
    const triples = groupsOf(ordered, 3, mostTriples).flatMap(tripleDirections);
    this.list = [...single, ...pairs, ...triples];
  }

  /** The numbers of a point, per direction. */
  of(point: Point): Float64Array {
    const values = this.#columns.map((column) => column(point));
    return Float64Array.from(this.list, ({ kind, columns, weights }) => {
      if (kind === "remainder") return remainderOf(columns.map((column) => values[column]!));
      let sum = 0;
      for (let k = 0; k < columns.length; k++) sum += weights[k]! * values[columns[k]!]!;
      return sum;
    });
  }

  /** The columns of points, for `write`. */
  columnsOf(points: readonly Point[]): readonly Float64Array[] {
    return this.#columns.map((column) => Float64Array.from(points, column));
  }

  /** Writes the numbers of points along one direction. */
  write(into: Float64Array, table: readonly Float64Array[], direction: number): void {
    const { kind, columns, weights } = this.list[direction]!;
    const values = columns.map((column) => table[column]!);
    const [a, b, c] = values;
    const [u, v = 0, w = 0] = weights;
    const count = into.length;
    if (kind === "remainder") {
      for (let i = 0; i < count; i++) into[i] = remainderOf(values.map((column) => column[i]!));
    } else if (b === undefined) for (let i = 0; i < count; i++) into[i] = u! * a![i]!;
    else if (c === undefined) for (let i = 0; i < count; i++) into[i] = u! * a![i]! + v * b[i]!;
    else for (let i = 0; i < count; i++) into[i] = u! * a![i]! + v * b[i]! + w * c[i]!;
  }

  #add(column: Column): number {
    return this.#columns.push(column) - 1;
  }

  #categoriesOf(axis: Axis, position: number): Direction[] {
    return Array.from({ length: axis.size }, (_, level) => {
      const column = this.#add((point) =>
        point[position] === inactive ? NaN : Number(point[position] === level),
      );
      return { kind: "sum", columns: [column], weights: [1] };
    });
  }

  /** One entry per coordinate of an ordered axis. */
  #scalesOf(axis: Axis, position: number): Scales[] {
    const add = (at: (level: number) => number): number => this.#add(columnOf(axis, position, at));
    if (axis.width > 1) {
      return Array.from({ length: axis.width }, (_, k) => ({
        rank: add((level) => axis.coordinate(level, k)),
        isDivisor: false,
      }));
    }
    const rank = add((level) => axis.coordinate(level, 0));
    const isShort = axis.size <= tableSize;
    const shown = isShort ? Array.from({ length: axis.size }, (_, k) => k) : [0, axis.size - 1];
    const numbers = shown.map((level) => axis.valueAt(level));
    if (!numbers.every((value) => typeof value === "number")) return [{ rank, isDivisor: false }];
    const value = add((level) => axis.valueAt(level) as number);
    if (!numbers.every((one) => one > 0)) return [{ rank, value, isDivisor: false }];
    const log = add((level) => Math.log2(axis.valueAt(level) as number));
    return [{ rank, value, log, isDivisor: isShort && numbers.every(Number.isInteger) }];
  }
}

function columnOf(axis: Axis, position: number, at: (level: number) => number): Column {
  if (axis.size > tableSize) {
    return (point) => (point[position] === inactive ? NaN : at(point[position]!));
  }
  const table = Float64Array.from({ length: axis.size + 1 }, (_, k) => (k === 0 ? NaN : at(k - 1)));
  return (point) => table[point[position]! + 1]!;
}

function pairDirections(a: Scales, b: Scales): Direction[] {
  const directions = sums([a.rank, b.rank], slopedPairs);
  if (a.value !== undefined && b.value !== undefined) {
    directions.push(...sums([a.value, b.value], pairSigns), ...remainders([a, b]));
  }
  if (a.log !== undefined && b.log !== undefined) {
    directions.push(...sums([a.log, b.log], pairSigns));
  }
  return directions;
}

function tripleDirections(group: readonly Scales[]): Direction[] {
  const values = group.flatMap(({ value }) => value ?? []);
  const logs = group.flatMap(({ log }) => log ?? []);
  return [
    ...(logs.length === group.length ? sums(logs, tripleSigns) : []),
    ...(values.length === group.length ? sums(values, tripleSigns) : []),
    ...remainders(group),
  ];
}

function sums(columns: readonly number[], weights: readonly (readonly number[])[]): Direction[] {
  return weights.map((own) => ({ kind: "sum", columns, weights: own }));
}

/** Whether each of a group is divided by the others. */
function remainders(group: readonly Scales[]): Direction[] {
  if (!group.every(({ isDivisor }) => isDivisor)) return [];
  const columns = group.map(({ value }) => value!);
  return columns.map((column) => ({
    kind: "remainder",
    columns: [column, ...columns.filter((other) => other !== column)],
    weights: [],
  }));
}

function remainderOf([value, ...divisors]: readonly number[]): number {
  const rest = value! % divisors.reduce((product, divisor) => product * divisor, 1);
  return Number.isNaN(rest) ? NaN : Number(rest !== 0);
}

/** All subsets of so many items, or `most` of them by chance, always the same. */
function groupsOf<T>(items: readonly T[], size: number, most: number): T[][] {
  const groups = new Map<string, number[]>();
  const count = Array.from({ length: size }, (_, k) => (items.length - k) / (k + 1));
  if (count.reduce((product, factor) => product * factor, 1) <= most) {
    return subsetsOf(items, size);
  }
  const random = Random.of(size, most);
  while (groups.size < most) {
    const group = new Set<number>();
    while (group.size < size) group.add(random.integer(items.length));
    const sorted = [...group].sort((a, b) => a - b);
    groups.set(sorted.join(","), sorted);
  }
  return Array.from(groups.values(), (group) => group.map((k) => items[k]!));
}

function subsetsOf<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, i) =>
    subsetsOf(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]),
  );
}
