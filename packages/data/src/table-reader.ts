// Collects the rows of a table column by column: decides the kinds from the first rows, then streams. What becomes of
// the columns is decided in table-dataset.ts.
import { DataError } from "@fastgpu/core";
import type { ColumnKind } from "./dataset.ts";
import { inferKind } from "./infer-kind.ts";
import { printable, quoted } from "./input-file.ts";
import { parseNumber } from "./number-cell.ts";
import { dropRow, TableColumn } from "./table-column.ts";
import type { MissingPolicy, TableOptions } from "./table-options.ts";

/** Rows that kinds are inferred from. */
const sampleRows = 1000;

const defaultMissingValues: readonly string[] = ["NA", "N/A", "NaN", "nan", "null", "NULL", "?"];

/** The label columns that the options name. */
export function labelNames(options: TableOptions): readonly string[] {
  const { label } = options;
  if (label === undefined) return [];
  return typeof label === "string" ? [label] : label;
}

/** Takes rows of cells and holds them as typed columns. */
export class TableReader {
  readonly name: string;
  readonly header: readonly string[];
  private readonly options: TableOptions;
  private readonly missingValues: ReadonlySet<string>;
  private readonly sample: { readonly cells: readonly string[]; readonly line: number }[] = [];
  private columns: readonly (TableColumn | undefined)[] | undefined;
  private readonly scratch: Float64Array;
  private readonly maxRows: number;
  private dropped = 0;
  private rows = 0;
  private line = 0;
  // One closure for all cells: it is called only for a message.
  private readonly where = (): string => `${this.name}:${this.line}`;

  /**
   * @param name - printable path, for messages
   * @throws {DataError} if a header is there twice, or the options name a column that is not there
   */
  constructor(name: string, header: readonly string[], options: TableOptions) {
    this.name = name;
    this.header = header.map((text, at) => (text.trim() === "" ? `column${at + 1}` : text.trim()));
    this.options = options;
    this.missingValues = new Set(["", ...(options.missingValues ?? defaultMissingValues)]);
    this.scratch = new Float64Array(header.length);
    this.maxRows = options.maxRows ?? Infinity;
    this.checkNames();
    if (!(this.maxRows >= 1)) {
      throw new DataError(`${name}: maxRows must be at least 1, got ${this.maxRows}`);
    }
  }

  /** Whether `maxRows` rows have been taken; further rows are ignored. */
  get isFull(): boolean {
    return this.rows >= this.maxRows;
  }

  /**
   * Takes one row.
   *
   * @param line - line of the file where the row ends, from 1
   * @throws {DataError} if the row is ragged or a cell breaks the rule of its column
   */
  push(cells: readonly string[], line: number): void {
    if (this.isFull) return;
    if (cells.length !== this.header.length) {
      throw new DataError(
        `${this.name}:${line}: row must have ${this.header.length} fields as the header has, got ${cells.length}`,
      );
    }
    this.rows++;
    if (this.columns !== undefined) {
      this.take(this.columns, cells, line);
    } else {
      this.sample.push({ cells, line });
      if (this.sample.length === sampleRows) this.flushSample();
    }
  }

  /**
   * Ends the table.
   *
   * @throws {DataError} if there was no row
   */
  finish(): { readonly columns: readonly TableColumn[]; readonly dropped: number } {
    if (this.rows === 0) {
      throw new DataError(
        `${this.name}: file must have at least one row of data, got only a header`,
      );
    }
    const columns = this.columns ?? this.flushSample();
    if (this.rows === this.dropped) {
      throw new DataError(
        `${this.name}: a row without missing values must be left, got ${this.rows} rows and all dropped`,
      );
    }
    return { columns: columns.filter((column) => column !== undefined), dropped: this.dropped };
  }

  private flushSample(): readonly (TableColumn | undefined)[] {
    const columns = this.header.map((name, at) => this.makeColumn(name, at));
    this.columns = columns;
    for (const { cells, line } of this.sample) this.take(columns, cells, line);
    this.sample.length = 0;
    return columns;
  }

  private take(
    columns: readonly (TableColumn | undefined)[],
    cells: readonly string[],
    line: number,
  ): void {
    this.line = line;
    const { scratch } = this;
    let isDropped = false;
    for (let at = 0; at < columns.length; at++) {
      const value = columns[at]?.parse(cells[at] ?? "", this.where) ?? 0;
      if (value === dropRow) isDropped = true;
      scratch[at] = value;
    }
    if (isDropped) {
      this.dropped++;
      return;
    }
    for (let at = 0; at < columns.length; at++) columns[at]?.store.push(scratch[at] ?? 0);
  }

  private makeColumn(name: string, at: number): TableColumn | undefined {
    const cells = this.sample.map((row) => row.cells[at] ?? "");
    const kind: ColumnKind = this.options.columns?.[name] ?? inferKind(cells, this.missingValues);
    const used = Object.values(this.options.inputs ?? {}).flat();
    const isLabel = labelNames(this.options).includes(name);
    const isUsed = isLabel || this.options.inputs === undefined || used.includes(name);
    if (kind === "ignore" || !isUsed) return undefined;
    return new TableColumn({
      name,
      kind,
      policy: this.policyOf(name, isLabel),
      missingValues: this.missingValues,
      missingNumbers: new Set([...this.missingValues].map(parseNumber).filter(Number.isFinite)),
      maxCategories: this.options.maxCategories ?? 10_000,
    });
  }

  private policyOf(name: string, isLabel: boolean): MissingPolicy {
    const policy = this.options.missingBy?.[name] ?? this.options.missing ?? "error";
    return isLabel && policy !== "drop" ? "error" : policy;
  }

  private checkNames(): void {
    const seen = new Map<string, number>();
    for (const [at, name] of this.header.entries()) {
      const before = seen.get(name);
      if (before !== undefined) {
        throw new DataError(
          `${this.name}:1: column names must differ, got ${quoted(name)} for columns ${before + 1} and ${at + 1}`,
        );
      }
      seen.set(name, at);
    }
    const { columns = {}, missingBy = {}, inputs = {} } = this.options;
    this.checkKnown("label", labelNames(this.options));
    this.checkKnown("columns", Object.keys(columns));
    this.checkKnown("missingBy", Object.keys(missingBy));
    this.checkKnown("inputs", Object.values(inputs).flat());
    const ignored = labelNames(this.options).find((name) => columns[name] === "ignore");
    if (ignored !== undefined) {
      throw new DataError(`${this.name}: label column must not be ignored, got ${quoted(ignored)}`);
    }
  }

  private checkKnown(option: string, names: readonly string[]): void {
    const unknown = names.find((name) => !this.header.includes(name));
    if (unknown === undefined) return;
    const list = printable(this.header.join(", "));
    const hint =
      this.header.length === 1 && /[;\t|]/.test(list)
        ? '; set delimiter, such as ";" or "\\t"'
        : "";
    throw new DataError(
      `${this.name}:1: column of ${option} must be one of ${list}, got ${quoted(unknown)}${hint}`,
    );
  }
}
