// Reads CSV files as a stream: csv-parse finds rows and fields, TableReader gives them types.
import { CsvError, parse } from "csv-parse";
import type { Options } from "csv-parse";
import { pipeline } from "node:stream/promises";
import { Writable } from "node:stream";
import { DataError } from "@fastgpu/core";
import type { Dataset } from "./dataset.ts";
import { openInput, printable, readError } from "./input-file.ts";
import type { InputFile } from "./input-file.ts";
import { tableDataset } from "./table-dataset.ts";
import type { TableOptions } from "./table-options.ts";
import { TableReader } from "./table-reader.ts";

/** How to read a CSV file. */
export interface CsvOptions extends TableOptions {
  /** Text between fields. Default "," (a tab for names that end in .tsv or .tsv.gz). */
  readonly delimiter?: string;
  /** Character around fields that hold delimiters or line ends; doubled within them. Default `"`; false: none. */
  readonly quote?: string | false;
  /** True: the first row names the columns. A list: these are the names, and the first row is data. False: column1, ... Default true. */
  readonly header?: boolean | readonly string[];
}

/** Longest row; a quote that is never closed would otherwise take the rest of the file into memory. */
const maxRowBytes = 1 << 24;

/**
 * Reads a CSV file (UTF-8, with or without byte order mark; plain or gzip) into a data set: features f32 [n, features] as
 * input "x", the label as target "y" (i32 [n] with `classNames`, or f32 [n, 1] for numbers). Empty lines are skipped.
 * Memory: 8 bytes per cell while reading, then the tensors; the text itself is never held.
 *
 * @throws {DataError} naming file, line and column for ragged rows, text in a numeric column, missing or infinite values,
 *   a missing label column, a column name used twice, broken quotes, an empty file, and for files that cannot be opened
 */
export async function readCsv(path: string, options: CsvOptions = {}): Promise<Dataset> {
  const input = await openInput(path, options);
  const rows = new CsvRows(input.name, options);
  const parser = parse({ ...parserOptions(path, options), on_record: rows.take });
  try {
    await pipeline(textOnly(input), parser, discard());
  } catch (error) {
    if (!(error instanceof EnoughRows)) throw csvError(input.name, error);
  }
  return rows.finish();
}

function parserOptions(path: string, options: CsvOptions): Options {
  const delimiter = options.delimiter ?? (/\.tsv(\.gz)?$/i.test(path) ? "\t" : ",");
  if (delimiter === "" || /[\r\n]/.test(delimiter)) {
    throw new DataError(
      `${printable(path)}: delimiter must be a text without line ends, got "${printable(delimiter)}"`,
    );
  }
  return {
    bom: true,
    delimiter,
    quote: options.quote ?? '"',
    skip_empty_lines: true,
    trim: delimiter.trim() !== "",
    // Ragged rows are checked by the table reader, whose message is the same for all formats.
    relax_column_count: true,
    max_record_size: maxRowBytes,
  };
}

/** Thrown out of the parser to stop reading: the only way that does not read the file to its end. */
class EnoughRows extends Error {}

/** Receives the rows of the parser. */
class CsvRows {
  private readonly name: string;
  private readonly options: CsvOptions;
  private table: TableReader | undefined;

  constructor(name: string, options: CsvOptions) {
    this.name = name;
    this.options = options;
  }

  /** Called by the parser for each row; returns null so that the row is not queued. */
  readonly take = (row: string[], context: { readonly lines: number }): null => {
    if (this.table === undefined) {
      const { header = true } = this.options;
      const names = header === false ? row.map(() => "") : header === true ? row : header;
      this.table = new TableReader(this.name, names, this.options);
      if (header === true) return null;
    }
    this.table.push(row, context.lines);
    if (this.table.isFull) throw new EnoughRows();
    return null;
  };

  finish(): Dataset {
    if (this.table === undefined) {
      throw new DataError(`${this.name}: file must have a header and rows, got an empty file`);
    }
    return tableDataset(this.table, this.options);
  }
}

/** The content, refused at the first chunk that is no text. */
async function* textOnly(input: InputFile): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of input.content as AsyncIterable<Buffer>) {
    const isUtf16 = isFirst && chunk[0] === 0xff && chunk[1] === 0xfe;
    if (isFirst && !isUtf16 && chunk.includes(0)) {
      throw new DataError(`${input.name}: file must be text (UTF-8), got binary data`);
    }
    isFirst = false;
    yield chunk;
  }
}

function discard(): Writable {
  return new Writable({
    objectMode: true,
    write: (_row, _encoding, done) => {
      done();
    },
  });
}

function csvError(name: string, error: unknown): DataError {
  if (!(error instanceof CsvError)) return readError(name, error);
  const line = typeof error["lines"] === "number" ? `:${error["lines"]}` : "";
  const rules: Readonly<Partial<Record<string, string>>> = {
    CSV_QUOTE_NOT_CLOSED: "a quoted field must be closed, got the end of the file",
    CSV_INVALID_CLOSING_QUOTE: "a closing quote must be followed by a delimiter or the line end",
    INVALID_OPENING_QUOTE: "a quote must stand at the start of a field",
    CSV_MAX_RECORD_SIZE: `a row must have at most ${maxRowBytes} bytes, got more; look for a quote that is not closed`,
  };
  const rule = rules[error.code] ?? `row must be valid CSV, got ${printable(error.message)}`;
  return new DataError(`${name}${line}: ${rule}`, { cause: error });
}
