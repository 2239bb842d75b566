// How the columns of a table become tensors: the options shared by the readers of CSV and JSON lines.
import type { ColumnKind } from "./dataset.ts";
import type { InputLimit } from "./input-file.ts";

/** What to do with a missing value. */
export type MissingPolicy =
  /** Refuse the file. */
  | "error"
  /** Mean of the column's values; a category or boolean column takes its most frequent value. */
  | "mean"
  /** Median of the column's values; a category or boolean column takes its most frequent value. */
  | "median"
  /** Leave the row out; the number of rows left out is in the data set's notes. */
  | "drop"
  /** Take this value, written as it would stand in the file. */
  | { readonly constant: string | number | boolean };

/** How to read a table. */
export interface TableOptions extends InputLimit {
  /** The column to predict, or several numeric ones. Without it the data set has no target. */
  readonly label?: string | readonly string[];
  /**
   * Kinds of columns; those not named are inferred from the first 1,000 rows: boolean if all values are true or false,
   * number if at least half of them are numbers, else category. A label of whole numbers is a category if it has at most
   * 50 different values and at most half as many as there are rows.
   */
  readonly columns?: Readonly<Record<string, ColumnKind>>;
  /** Policy for all columns that `missingBy` does not name. Default "error". A label is never made up: "drop" or "error". */
  readonly missing?: MissingPolicy;
  /** Policy by column. */
  readonly missingBy?: Readonly<Record<string, MissingPolicy>>;
  /** Cells that count as missing, besides empty ones. Default NA, N/A, NaN, nan, null, NULL, ?. */
  readonly missingValues?: readonly string[];
  /**
   * Category columns as features: "oneHot" (one feature per value, named `column=value`) or "index" (the position of the
   * value in the sorted list of values). Default "oneHot". Boolean columns are 0 and 1.
   */
  readonly encoding?: "oneHot" | "index";
  /** A category label: "index" gives i32 [n], "oneHot" f32 [n, classes]. Default "index". */
  readonly labelEncoding?: "index" | "oneHot";
  /**
   * Several inputs by name, each a list of columns; columns in none of them are left out. An input of nothing but
   * index-encoded categories is i32 (for embeddings), any other f32. Default: all columns but the label in input "x".
   */
  readonly inputs?: Readonly<Record<string, readonly string[]>>;
  /** Rows to read at most. Default: all. */
  readonly maxRows?: number;
  /** Different values a category may have; more mean free text and are refused. Default 10,000. */
  readonly maxCategories?: number;
}
