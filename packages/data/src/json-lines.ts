// Reads JSON lines: one flat object per line, with the same typing of columns as CSV.
import { createInterface } from "node:readline";
import { DataError } from "@fastgpu/core";
import type { Dataset } from "./dataset.ts";
import { openInput, printable, quoted, readError } from "./input-file.ts";
import { tableDataset } from "./table-dataset.ts";
import type { TableOptions } from "./table-options.ts";
import { TableReader } from "./table-reader.ts";

/**
 * Reads a file of JSON objects, one per line (UTF-8; plain or gzip), into a data set as `readCsv` does. The keys of the first
 * object are the columns; a key that a later object lacks, or null, is a missing value.
 *
 * @throws {DataError} naming file and line for a line that is no JSON object, a nested value, or an unknown key, and as
 *   `readCsv` does for values
 */
export async function readJsonLines(path: string, options: TableOptions = {}): Promise<Dataset> {
  const input = await openInput(path, options);
  const lines = createInterface({ input: input.content, crlfDelay: Infinity });
  // readline does not pass on errors of its input while it is iterated.
  let failure: unknown;
  input.content.once("error", (error) => {
    failure = error;
    lines.close();
  });
  let table: TableReader | undefined;
  let line = 0;
  for await (const text of lines) {
    line++;
    if (text.trim() === "") continue;
    const row = parseLine(`${input.name}:${line}`, line === 1 ? text.replace(/^\uFEFF/, "") : text);
    table ??= new TableReader(input.name, Object.keys(row), options);
    table.push(cellsOf(`${input.name}:${line}`, table.header, row), line);
    if (table.isFull) break;
  }
  input.content.destroy();
  if (failure !== undefined) throw readError(input.name, failure);
  if (table === undefined) {
    throw new DataError(
      `${input.name}: file must have at least one JSON object, got an empty file`,
    );
  }
  return tableDataset(table, options);
}

function parseLine(where: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${where}: line must be JSON, got ${quoted(text)}`, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DataError(`${where}: line must be a JSON object, got ${quoted(text)}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function cellsOf(
  where: string,
  header: readonly string[],
  row: Readonly<Record<string, unknown>>,
): string[] {
  const unknown = Object.keys(row).find((key) => !header.includes(key));
  if (unknown !== undefined) {
    throw new DataError(
      `${where}: keys must be those of the first object (${printable(header.join(", "))}), got ${quoted(unknown)}`,
    );
  }
  return header.map((key) => {
    const value = Object.hasOwn(row, key) ? row[key] : null;
    if (value === null) return "";
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    if (typeof value === "string") return value;
    throw new DataError(
      `${where}, column ${quoted(key)}: value must be a number, text, boolean or null, got ${Array.isArray(value) ? "a list" : "an object"}`,
    );
  });
}
