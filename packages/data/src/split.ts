// Which rows go to training, validation and test. Only row numbers are decided here; dataset.ts copies the rows.
import { DataError } from "@fastgpu/core";
import { permutation } from "./permutation.ts";

/** How to part a data set. */
export interface SplitOptions {
  /** Below 1: a fraction of all rows, rounded; from 1 on: a number of rows. Default 0. */
  readonly validation?: number;
  /** As `validation`. Default 0. */
  readonly test?: number;
  /** Integer, 0 to 2^32 - 1. Default 0. */
  readonly seed?: number;
  /** False keeps the order and takes validation, then test, from the end (for time series). Default true. */
  readonly shuffle?: boolean;
  /**
   * Keeps the share of each class the same in every part (largest remainders round up): true for the only target, or
   * the name of a class target. Default false.
   */
  readonly stratify?: boolean | string;
}

/** Row numbers of each part; together they hold every row once. */
export interface SplitRows {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/**
 * Parts the rows 0..size-1.
 *
 * @param classes - the class of each row [size] when the split is stratified
 * @throws {DataError} if the parts do not leave a row for training, or a size is negative or broken
 */
export function splitRows(
  size: number,
  options: SplitOptions,
  classes?: ArrayLike<number>,
): SplitRows {
  const validation = rowCount("validation", options.validation ?? 0, size);
  const test = rowCount("test", options.test ?? 0, size);
  if (validation + test >= size) {
    throw new DataError(
      `split: validation and test must leave rows to train on, got ${validation} + ${test} of ${size} rows`,
    );
  }
  const seed = options.seed ?? 0;
  if (classes !== undefined) {
    if (options.shuffle === false) {
      throw new DataError("split: a stratified split must shuffle, got shuffle=false");
    }
    return stratifiedRows(permutation(size, seed), classes, validation, test);
  }
  const order =
    options.shuffle === false
      ? Int32Array.from({ length: size }, (_, row) => row)
      : permutation(size, seed);
  return cut(order, size - validation - test, validation);
}

function rowCount(name: string, wanted: number, size: number): number {
  const isFraction = wanted >= 0 && wanted < 1;
  if (!isFraction && !(Number.isSafeInteger(wanted) && wanted >= 1)) {
    throw new DataError(
      `split: ${name} must be a fraction below 1 or a number of rows, got ${wanted}`,
    );
  }
  return isFraction ? Math.round(wanted * size) : wanted;
}

function cut(order: Int32Array, train: number, validation: number): SplitRows {
  return {
    train: order.slice(0, train),
    validation: order.slice(train, train + validation),
    test: order.slice(train + validation),
  };
}

function stratifiedRows(
  order: Int32Array,
  classes: ArrayLike<number>,
  validation: number,
  test: number,
): SplitRows {
  const members = new Map<number, number[]>();
  for (const row of order) {
    const key = classes[row] ?? 0;
    const rows = members.get(key);
    if (rows === undefined) members.set(key, [row]);
    else rows.push(row);
  }
  // Classes in the order of their value, so that the result does not hang on which class comes first in the file.
  const groups = [...members].sort(([a], [b]) => a - b).map(([, rows]) => rows);
  const sizes = groups.map((rows) => rows.length);
  const validationShare = shares(sizes, validation, order.length);
  const left = sizes.map((count, group) => count - (validationShare[group] ?? 0));
  const testShare = shares(left, test, order.length - validation);
  const partOf = new Uint8Array(order.length);
  for (const [group, rows] of groups.entries()) {
    const validationEnd = validationShare[group] ?? 0;
    const testEnd = validationEnd + (testShare[group] ?? 0);
    for (const row of rows.slice(0, validationEnd)) partOf[row] = 1;
    for (const row of rows.slice(validationEnd, testEnd)) partOf[row] = 2;
  }
  // Read off in the shuffled order, so that classes are mixed within each part.
  return {
    train: order.filter((row) => partOf[row] === 0),
    validation: order.filter((row) => partOf[row] === 1),
    test: order.filter((row) => partOf[row] === 2),
  };
}

/** `wanted` rows spread over groups in proportion to their sizes (Hamilton's method of largest remainders). */
function shares(sizes: readonly number[], wanted: number, total: number): number[] {
  const exact = sizes.map((count) => (count * wanted) / total);
  const share = exact.map(Math.floor);
  let open = wanted - share.reduce((sum, count) => sum + count, 0);
  const byRemainder = exact
    .map((value, group) => ({ group, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.group - b.group);
  for (const { group } of byRemainder) {
    if (open === 0) break;
    share[group] = (share[group] ?? 0) + 1;
    open--;
  }
  return share;
}
