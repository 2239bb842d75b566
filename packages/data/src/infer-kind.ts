// Guesses the kind of a column from a sample of its cells.
import type { ColumnKind } from "./dataset.ts";
import { parseNumber } from "./number-cell.ts";

/**
 * Boolean if every value is true or false, number if at least half of the values are numbers, else category. Half and
 * not all, so that a slip of the pen in a numeric column is reported as such and does not turn numbers into classes.
 *
 * @param cells - cells of one column; missing ones are passed over, and a column without any value is a number
 */
export function inferKind(
  cells: Iterable<string>,
  missingValues: ReadonlySet<string>,
): Exclude<ColumnKind, readonly string[]> {
  let values = 0;
  let numbers = 0;
  let truths = 0;
  for (const cell of cells) {
    const text = cell.trim();
    if (missingValues.has(text)) continue;
    values++;
    if (!Number.isNaN(parseNumber(text))) numbers++;
    else if (/^(true|false)$/i.test(text)) truths++;
  }
  if (values > 0 && truths === values) return "boolean";
  return numbers * 2 >= values ? "number" : "category";
}
