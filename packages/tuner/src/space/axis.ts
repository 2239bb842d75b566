// A parameter as the search sees it: a range of level numbers, with the value, the coordinates and the neighbours of
// each. Everything that differs between the kinds of parameters is here.
import type { ParameterValue } from "./declaration.ts";
import { compositionAt, compositionCount, compositionIndex } from "./composition.ts";

/** One axis of a space. Levels are the numbers 0 .. size - 1. */
export interface Axis {
  readonly name: string;
  /** Number of levels, at least 1 and at most 2^53. */
  readonly size: number;
  /** Whether near levels are alike; without order any two levels differ alike. */
  readonly isOrdered: boolean;
  /** Coordinates per level: 1, or the number of parts of a simplex or of cuts. */
  readonly width: number;
  /** Whether a level has so many others that being equal says nothing (reals, wide ranges). */
  readonly isFine: boolean;
  valueAt(level: number): ParameterValue;
  /** The level of a value, or undefined when the axis does not have it. */
  levelOf(value: unknown): number | undefined;
  /** Position in [0, 1] of a level along coordinate `column`. */
  coordinate(level: number, column: number): number;
  /** Levels next to a level, the nearest first; for an unordered axis all others. */
  adjacent(level: number): readonly number[];
}

/** More levels than this are treated as a continuum. */
const fineSize = 256;

/** Levels of a real parameter: 2^20 steps. */
const realSteps = 2 ** 20;

/** An axis with listed values. */
export function listAxis(
  name: string,
  values: readonly (string | number | boolean)[],
  isOrdered: boolean,
): Axis {
  const levels = new Map(values.map((value, level) => [value, level]));
  const last = Math.max(1, values.length - 1);
  return {
    name,
    size: values.length,
    isOrdered,
    width: 1,
    isFine: false,
    valueAt: (level) => values[level]!,
    levelOf: (value) => levels.get(value as string),
    coordinate: (level) => level / last,
    adjacent: (level) =>
      isOrdered
        ? stepsAround(level, values.length)
        : values.map((_, other) => other).filter((other) => other !== level),
  };
}

/** Whole numbers from `min` to `max` with linear or logarithmic distances. */
export function integerAxis(name: string, min: number, max: number, isLog: boolean): Axis {
  const size = max - min + 1;
  const position = (value: number): number => (isLog ? Math.log(value) : value);
  const span = position(max) - position(min) || 1;
  return {
    name,
    size,
    isOrdered: true,
    width: 1,
    isFine: size > fineSize,
    valueAt: (level) => min + level,
    levelOf: (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= min && value <= max
        ? value - min
        : undefined,
    coordinate: (level) => (position(min + level) - position(min)) / span,
    adjacent: (level) => {
      if (!isLog) return stepsAround(level, size);
      // On a log scale a step of one is nothing among large numbers, so factors are neighbours as well.
      const factors = [2, 0.5].map((factor) => Math.round((min + level) * factor) - min);
      return distinctLevels([...stepsAround(level, size), ...factors], level, size);
    },
  };
}

/** Real numbers from `min` to `max` on 2^20 + 1 levels. */
export function realAxis(name: string, min: number, max: number, isLog: boolean): Axis {
  const size = min === max ? 1 : realSteps + 1;
  const low = isLog ? Math.log(min) : min;
  const span = (isLog ? Math.log(max) : max) - low;
  const valueAt = (level: number): number => {
    if (level === 0) return min;
    if (level === realSteps) return max;
    const position = low + (span * level) / realSteps;
    return isLog ? Math.exp(position) : position;
  };
  return {
    name,
    size,
    isOrdered: true,
    width: 1,
    isFine: true,
    valueAt,
    levelOf: (value) => {
      if (typeof value !== "number" || !(value >= min && value <= max)) return undefined;
      if (size === 1) return 0;
      return Math.round((((isLog ? Math.log(value) : value) - low) / span) * realSteps);
    },
    coordinate: (level) => level / realSteps,
    adjacent: (level) => stepsAround(level, size),
  };
}

/** A split of `total` into `parts`; levels are the compositions of the units above the minimum. */
export function simplexAxis(
  name: string,
  { parts, total, step, min }: { parts: number; total: number; step: number; min: number },
): Axis {
  const units = Math.round((total - parts * min) / step);
  const sizesAt = (level: number): number[] => compositionAt(level, units, parts);
  const cached = lastOf(sizesAt);
  return {
    name,
    size: compositionCount(units, parts),
    isOrdered: true,
    width: parts,
    isFine: true,
    valueAt: (level) => sizesAt(level).map((size) => min + size * step),
    levelOf: (value) => {
      const sizes = numbersOf(value, parts)?.map((share) => nearlyWhole((share - min) / step));
      if (sizes?.every((size) => Number.isInteger(size) && size >= 0) !== true) return undefined;
      return sum(sizes) === units ? compositionIndex(sizes) : undefined;
    },
    coordinate: (level, column) => cached(level)[column]! / Math.max(1, units),
    adjacent: (level) => movesBetween(sizesAt(level), allPairs(parts)).map(compositionIndex),
  };
}

/** Cuts of `items` into `parts` stages; levels are the compositions of the items above the minimum. */
export function cutsAxis(
  name: string,
  { items, parts, min }: { items: number; parts: number; min: number },
): Axis {
  const units = items - parts * min;
  const sizesAt = (level: number): number[] => compositionAt(level, units, parts);
  const cutsAt = (level: number): number[] => {
    let position = 0;
    return sizesAt(level)
      .slice(0, -1)
      .map((size) => (position += min + size));
  };
  const cached = lastOf((level) => [...cutsAt(level), ...sizesAt(level).map((size) => size + min)]);
  return {
    name,
    size: compositionCount(units, parts),
    isOrdered: true,
    // Where stages begin and how large they are: a stage's work depends on both.
    width: 2 * parts - 1,
    isFine: true,
    valueAt: cutsAt,
    levelOf: (value) => {
      const cuts = numbersOf(value, parts - 1);
      if (cuts === undefined) return undefined;
      const ends = [...cuts, items];
      const sizes = ends.map((end, part) => end - (part === 0 ? 0 : ends[part - 1]!) - min);
      return sizes.every((size) => Number.isInteger(size) && size >= 0)
        ? compositionIndex(sizes)
        : undefined;
    },
    coordinate: (level, column) => cached(level)[column]! / items,
    // A cut moves by one item: a stage gives it to the next or to the previous.
    adjacent: (level) =>
      movesBetween(sizesAt(level), neighbouringPairs(parts)).map(compositionIndex),
  };
}

/** Levels at distances 1, 2, 4, ... of a fine axis up to a quarter of it, or at distance 1. */
function stepsAround(level: number, size: number): number[] {
  const steps: number[] = [];
  const smallest = size > fineSize ? size >> 10 || 1 : 1;
  for (let step = smallest; step <= Math.max(1, size > fineSize ? size >> 2 : 1); step *= 4) {
    steps.push(level + step, level - step);
  }
  return distinctLevels(steps, level, size);
}

function distinctLevels(levels: readonly number[], self: number, size: number): number[] {
  return [...new Set(levels)].filter((level) => level >= 0 && level < size && level !== self);
}

function movesBetween(
  sizes: readonly number[],
  pairs: readonly (readonly [number, number])[],
): number[][] {
  const moves: number[][] = [];
  for (const [from, to] of pairs) {
    // Steps of one unit and of a quarter of the giver, so that far splits are within reach.
    const quarter = sizes[from]! >> 2;
    for (const amount of quarter > 1 ? [1, quarter] : [1]) {
      if (sizes[from]! < amount) continue;
      moves.push(
        sizes.map((size, part) => size + (part === to ? amount : part === from ? -amount : 0)),
      );
    }
  }
  return moves;
}

function allPairs(parts: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let from = 0; from < parts; from++) {
    for (let to = 0; to < parts; to++) if (from !== to) pairs.push([from, to]);
  }
  return pairs;
}

function neighbouringPairs(parts: number): [number, number][] {
  return allPairs(parts).filter(([from, to]) => Math.abs(from - to) === 1);
}

function numbersOf(value: unknown, length: number): number[] | undefined {
  return Array.isArray(value) &&
    value.length === length &&
    value.every((item) => typeof item === "number")
    ? value
    : undefined;
}

// Steps such as 0.1 have no exact multiples.
function nearlyWhole(units: number): number {
  const whole = Math.round(units);
  return Math.abs(units - whole) < 1e-6 ? whole : NaN;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

// The coordinates of one level are asked for column by column.
function lastOf(compute: (level: number) => number[]): (level: number) => number[] {
  let known = -1;
  let result: number[] = [];
  return (level) => {
    if (level !== known) {
      result = compute(level);
      known = level;
    }
    return result;
  };
}
