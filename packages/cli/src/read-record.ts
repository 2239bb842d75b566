// Reads a record from what a user has at hand: a record.json, the journal of a run, or the folder of either.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "@fastgpu/core";
import { mergeJournal, recordFromJournal, type RunRecord } from "@fastgpu/results";
import { checkRecord, parseRecord } from "@fastgpu/results/read";

/** File names in an output folder. */
export const recordFileName = "record.json";
/** The journal, next to the record. */
export const journalFileName = "journal.jsonl";

/**
 * Reads and checks a record.
 *
 * @param path - a record, a journal (`.jsonl`), or a folder with one of them
 * @throws {UsageError} if there is no such file
 * @throws {RecordError} if it is damaged or of another version
 */
export async function readRecord(path: string): Promise<RunRecord> {
  const file = await findRecord(path);
  const text = await readFile(file, "utf8");
  if (!file.endsWith(".jsonl")) return parseRecord(text, file);
  return checkRecord(recordFromJournal(mergeJournal(text.split("\n"), file)), file);
}

async function findRecord(path: string): Promise<string> {
  if (!(await isFolder(path))) return path;
  for (const name of [recordFileName, journalFileName]) {
    const candidate = join(path, name);
    if (await exists(candidate)) return candidate;
  }
  throw new UsageError(
    `record: folder must hold ${recordFileName} or ${journalFileName}, got neither in ${path}; give the --out folder of a run`,
  );
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new UsageError(`record: must be a file that can be read, got ${path} (${code})`, {
      cause: error,
    });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    // Absent or unreadable: the caller names both files it looked for.
    return false;
  }
}
