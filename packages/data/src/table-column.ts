// One typed column: turns cells into numbers by the column's kind, and remembers the values of a category.
import { DataError } from "@fastgpu/core";
import { ColumnStore } from "./column-store.ts";
import type { ColumnKind } from "./dataset.ts";
import { quoted } from "./input-file.ts";
import { parseNumber } from "./number-cell.ts";
import type { MissingPolicy } from "./table-options.ts";

/** Everything that decides how a column is read. */
export interface ColumnRule {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly policy: MissingPolicy;
  readonly missingValues: ReadonlySet<string>;
  /** The missing values that are written like numbers; nearly always none. */
  readonly missingNumbers: ReadonlySet<number>;
  readonly maxCategories: number;
}

/** Result of a cell that `drop` applies to; no column holds Infinity. */
export const dropRow: number = Infinity;

/** A column being read. Numbers are stored as they are, booleans as 0 and 1, categories as the order they were seen in. */
export class TableColumn {
  readonly rule: ColumnRule;
  readonly store: ColumnStore = new ColumnStore();
  private readonly indexOf = new Map<string, number>();
  private readonly isNumeric: boolean;
  private missing = 0;

  constructor(rule: ColumnRule) {
    this.rule = rule;
    this.isNumeric = rule.kind === "number" || rule.kind === "integer";
    if (typeof rule.kind === "object") {
      for (const value of rule.kind) this.indexOf.set(value, this.indexOf.size);
    }
  }

  /** Whether values are positions in `categories`. */
  get isCategory(): boolean {
    return this.rule.kind === "category" || typeof this.rule.kind === "object";
  }

  /** Values of a category, in the order of their numbers in the store. */
  get categories(): readonly string[] {
    return [...this.indexOf.keys()];
  }

  /** Whether a missing value waits to be filled in. */
  get hasMissing(): boolean {
    return this.missing > 0;
  }

  /**
   * The number for a cell: NaN for a missing value that is to be filled in later, `dropRow` if its row must go.
   *
   * @param where - file and line, for the message
   * @throws {DataError} if the cell breaks the rule of the column
   */
  parse(cell: string, where: () => string): number {
    if (this.isNumeric) {
      const value = parseNumber(cell);
      const isPlain = value === value && !this.rule.missingNumbers.has(value);
      if (isPlain && (this.rule.kind === "number" || Number.isInteger(value))) return value;
    }
    const text = cell.trim();
    if (this.rule.missingValues.has(text)) return this.parseMissing(text, where);
    if (this.rule.kind === "boolean") return this.parseBoolean(text, where);
    if (this.isCategory) return this.parseCategory(text, where);
    throw this.error(where, `value must be ${this.numberRule(text)}`, text, this.numberHint(text));
  }

  private parseMissing(text: string, where: () => string): number {
    const { policy } = this.rule;
    if (policy === "drop") return dropRow;
    if (policy === "error") {
      const hint = 'set missing to "drop", "mean", "median" or a constant';
      throw this.error(where, "value must not be missing", text, hint);
    }
    if (typeof policy === "object") {
      const constant = String(policy.constant);
      if (!this.rule.missingValues.has(constant)) return this.parse(constant, where);
      throw this.error(where, "constant for missing values must not itself be missing", constant);
    }
    this.missing++;
    return NaN;
  }

  private parseBoolean(text: string, where: () => string): number {
    const value = booleans.get(text.toLowerCase());
    if (value === undefined) {
      throw this.error(where, "value must be true or false (or yes, no, t, f, y, n, 1, 0)", text);
    }
    return value;
  }

  private parseCategory(text: string, where: () => string): number {
    const known = this.indexOf.get(text);
    if (known !== undefined) return known;
    if (typeof this.rule.kind === "object") {
      const list = this.categories.slice(0, 10).map(quoted).join(", ");
      throw this.error(where, `value must be one of ${list}`, text);
    }
    if (this.indexOf.size >= this.rule.maxCategories) {
      const hint = `declare the column as "ignore" or raise maxCategories`;
      const rule = `category must have at most ${this.rule.maxCategories} different values`;
      throw this.error(where, rule, text, hint);
    }
    this.indexOf.set(text, this.indexOf.size);
    return this.indexOf.size - 1;
  }

  private numberRule(text: string): string {
    if (this.rule.kind === "integer" && !Number.isNaN(parseNumber(text))) return "a whole number";
    return /^[+-]?inf(inity)?$/i.test(text) || Math.abs(Number(text)) === Infinity
      ? "a finite number"
      : "a number";
  }

  private numberHint(text: string): string | undefined {
    if (this.numberRule(text) !== "a number") return undefined;
    return `if text is meant, declare columns: { ${quoted(this.rule.name)}: "category" }`;
  }

  private error(where: () => string, rule: string, value: string, hint?: string): DataError {
    const column = `column ${quoted(this.rule.name)}`;
    const message = `${where()}, ${column}: ${rule}, got ${value === "" ? "an empty cell" : quoted(value)}`;
    return new DataError(hint === undefined ? message : `${message}; ${hint}`);
  }
}

/** Spellings of true and false that a boolean column takes, in lower case. */
export const booleans: ReadonlyMap<string, 0 | 1> = new Map([
  ["true", 1],
  ["false", 0],
  ["yes", 1],
  ["no", 0],
  ["t", 1],
  ["f", 0],
  ["y", 1],
  ["n", 0],
  ["1", 1],
  ["0", 0],
]);
