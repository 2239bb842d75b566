// Fills the gaps of a column with a value that the column itself suggests.
import { DataError } from "@fastgpu/core";
import { quoted } from "./input-file.ts";

/**
 * Replaces each NaN in `values` by the mean, the median (of an even number: the mean of the middle two) or the most
 * frequent value (of several: the smallest) of the others, in place.
 *
 * @param name - column, for the message
 * @throws {DataError} if there is no value to go by
 */
export function fillMissing(
  values: Float64Array,
  method: "mean" | "median" | "mostFrequent",
  name: string,
): void {
  const present = values.filter((value) => !Number.isNaN(value));
  if (present.length === 0) {
    throw new DataError(
      `column ${quoted(name)}: a column must have a value to take the ${method} of, got none; declare it as "ignore"`,
    );
  }
  const fill = { mean, median, mostFrequent }[method](present);
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row])) values[row] = fill;
  }
}

function mean(present: Float64Array): number {
  let found = 0;
  for (const value of present) found += value / present.length;
  return found;
}

function median(present: Float64Array): number {
  present.sort();
  const middle = present.length >> 1;
  const upper = present[middle] ?? 0;
  return present.length % 2 === 1 ? upper : ((present[middle - 1] ?? 0) + upper) / 2;
}

function mostFrequent(present: Float64Array): number {
  present.sort();
  let best = present[0] ?? 0;
  let bestLength = 0;
  let start = 0;
  for (let at = 1; at <= present.length; at++) {
    if (at < present.length && present[at] === present[start]) continue;
    if (at - start > bestLength) {
      bestLength = at - start;
      best = present[start] ?? 0;
    }
    start = at;
  }
  return best;
}
