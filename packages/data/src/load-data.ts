// One door to all readers: picks the reader by the name of the file.
import { DataError } from "@fastgpu/core";
import type { HostTensor } from "@fastgpu/core";
import { readCsv } from "./csv.ts";
import type { CsvOptions } from "./csv.ts";
import type { Dataset } from "./dataset.ts";
import { readIdx } from "./idx.ts";
import { printable } from "./input-file.ts";
import type { InputLimit } from "./input-file.ts";
import { readJsonLines } from "./json-lines.ts";
import { labelled } from "./labelled.ts";
import { readNpy } from "./npy.ts";

/** Formats that `loadData` reads. */
export type DataFormat = "csv" | "jsonl" | "idx" | "npy";

/** Options of `loadData`: those of tables, and for IDX and NPY the file of labels. */
export interface LoadDataOptions extends CsvOptions {
  /** Default: by the end of the name, .csv .tsv .txt, .jsonl .ndjson, .idx -ubyte, .npy; each also with .gz. */
  readonly format?: DataFormat;
  /** IDX and NPY: path of the file that holds one label per row. */
  readonly labels?: string;
}

const endings: readonly (readonly [RegExp, DataFormat])[] = [
  [/\.(csv|tsv|txt)$/i, "csv"],
  [/\.(jsonl|ndjson)$/i, "jsonl"],
  [/([.-]ubyte|\.idx\d?)$/i, "idx"],
  [/\.npy$/i, "npy"],
];

/**
 * Loads a data set from a file: inputs and targets as `readCsv`, `readJsonLines`, `readIdx` and `readNpy` say.
 *
 * @example `const data = await loadData("train.csv", { label: "species" });`
 * @throws {DataError} if the format is not known, and as the readers do
 */
export async function loadData(path: string, options: LoadDataOptions = {}): Promise<Dataset> {
  const format = options.format ?? formatOf(path);
  if (format === "csv") return readCsv(path, options);
  if (format === "jsonl") return readJsonLines(path, options);
  const read = format === "idx" ? readIdx : readNpy;
  return loadPair(read, path, options);
}

async function loadPair(
  read: (path: string, limit: InputLimit) => Promise<HostTensor>,
  path: string,
  options: LoadDataOptions,
): Promise<Dataset> {
  const rows = await read(path, options);
  if (options.labels === undefined) return labelled(path, rows);
  return labelled(path, rows, options.labels, await read(options.labels, options));
}

function formatOf(path: string): DataFormat {
  const plain = path.replace(/\.gz$/i, "");
  const known = endings.find(([ending]) => ending.test(plain));
  if (known === undefined) {
    throw new DataError(
      `${printable(path)}: file name must end in .csv, .tsv, .txt, .jsonl, .ndjson, .npy, .idx or -ubyte (or these and .gz), got another; set format`,
    );
  }
  return known[1];
}
