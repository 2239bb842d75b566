// The journal of a run on disk: a line per finished trial, appended and synced before the next trial starts, so that a
// killed run loses only the trial it was in.
import { mkdir, open, readFile, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "@fastgpu/core";
import {
  mergeJournal,
  type JournalLine,
  type MergedJournal,
  type RunHeader,
} from "@fastgpu/results";

/** An open journal. */
export interface JournalFile {
  /** Appends a line; it is on disk when the promise resolves. */
  append(line: JournalLine): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a journal. An earlier one of the same path is replaced.
 *
 * @throws {UsageError} if the folder cannot be written
 */
export async function createJournal(path: string, header: RunHeader): Promise<JournalFile> {
  return rewriteJournal(path, [{ kind: "header", header }]);
}

/**
 * Goes on with a journal: its readable lines are written anew, because the end of the last one may be missing.
 *
 * @throws {UsageError} if the folder cannot be written
 */
export async function continueJournal(path: string, journal: MergedJournal): Promise<JournalFile> {
  const trials = journal.trials.map((trial): JournalLine => ({ kind: "trial", trial }));
  return rewriteJournal(path, [{ kind: "header", header: journal.header }, ...trials]);
}

/**
 * Reads a journal.
 *
 * @returns Undefined if there is none.
 * @throws {RecordError} if it is damaged before its last line, or of another format
 */
export async function readJournal(path: string): Promise<MergedJournal | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return mergeJournal(text.split("\n"), path);
}

async function rewriteJournal(path: string, lines: readonly JournalLine[]): Promise<JournalFile> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, "w");
    try {
      await file.writeFile(lines.map(textOf).join(""));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    return new OpenJournal(await open(path, "a"));
  } catch (error) {
    // What is left of it is of no use; why it could not be written is what counts.
    await rm(temporary, { force: true }).catch(() => undefined);
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageError(
      `${dirname(path)}: output folder must be writable, got ${code} (${message})`,
      {
        cause: error,
      },
    );
  }
}

class OpenJournal implements JournalFile {
  private readonly file: FileHandle;

  constructor(file: FileHandle) {
    this.file = file;
  }

  async append(line: JournalLine): Promise<void> {
    await this.file.appendFile(textOf(line));
    await this.file.datasync();
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

function textOf(line: JournalLine): string {
  return `${JSON.stringify(line)}\n`;
}
