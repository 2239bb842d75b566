// The journal of a run on disk: a line per finished trial, appended and synced before the next trial starts, so that a
// killed run loses only the trial it was in.
import {
  mergeJournal,
  type JournalLine,
  type MergedJournal,
  type RunHeader,
} from "@fastgpu/results";
import { readLines, startLineFile, type LineFile } from "./line-file.ts";

/** An open journal. */
export type JournalFile = LineFile<JournalLine>;

/**
 * Starts a journal. An earlier one of the same path is replaced.
 *
 * @throws {UsageError} if the folder cannot be written
 */
export async function createJournal(path: string, header: RunHeader): Promise<JournalFile> {
  return startLineFile<JournalLine>(path, [{ kind: "header", header }]);
}

/**
 * Goes on with a journal: its readable lines are written anew, because the end of the last one may be missing.
 *
 * @throws {UsageError} if the folder cannot be written
 */
export async function continueJournal(path: string, journal: MergedJournal): Promise<JournalFile> {
  const trials = journal.trials.map((trial): JournalLine => ({ kind: "trial", trial }));
  return startLineFile(path, [{ kind: "header", header: journal.header }, ...trials]);
}

/**
 * Reads a journal.
 *
 * @returns Undefined if there is none.
 * @throws {RecordError} if it is damaged before its last line, or of another format
 */
export async function readJournal(path: string): Promise<MergedJournal | undefined> {
  const lines = await readLines(path);
  return lines === undefined ? undefined : mergeJournal(lines, path);
}
