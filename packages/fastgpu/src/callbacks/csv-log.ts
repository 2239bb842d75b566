// Writes the numbers of every epoch into a CSV file as they come.
import { appendFile, writeFile } from "node:fs/promises";
import { UsageError } from "@fastgpu/core";
import type { EpochRecord } from "../history.ts";
import type { Callback } from "./callback.ts";

/** Options of `csvLog`. */
export interface CsvLogOptions {
  /** Goes on with a file of an earlier training instead of replacing it; default false. */
  readonly append?: boolean;
}

/**
 * One line per epoch: epoch, the logs in the order of the first epoch, train_seconds. A line is whole or absent.
 *
 * @example `fg.callbacks.csvLog("training.csv")`
 * @throws {UsageError} when the training starts, if the file cannot be written
 */
export function csvLog(path: string, { append = false }: CsvLogOptions = {}): Callback {
  let columns: string[] | undefined;
  return {
    onTrainStart: async () => {
      columns = undefined;
      try {
        await (append ? appendFile(path, "") : writeFile(path, ""));
      } catch (error) {
        const { code = "an error" } = error as NodeJS.ErrnoException;
        throw new UsageError(`csvLog: ${path} must be writable, got ${code}`, { cause: error });
      }
    },
    onEpochEnd: async (record, run) => {
      const isFirst = columns === undefined;
      columns ??= Object.keys(record.logs);
      const head = isFirst && !(append && run.firstEpoch > 1) ? `${header(columns)}\n` : "";
      await appendFile(path, `${head}${line(record, columns)}\n`);
    },
  };
}

function header(columns: readonly string[]): string {
  return ["epoch", ...columns, "train_seconds"].join(",");
}

function line({ epoch, logs, trainDurationNs }: EpochRecord, columns: readonly string[]): string {
  const numbers = columns.map((name) => String(logs[name] ?? ""));
  return [epoch, ...numbers, (trainDurationNs / 1e9).toFixed(6)].join(",");
}
