// A file of JSON lines that survives a kill: it starts whole or not at all, and every appended line is on disk before the
// next thing happens. Journals of runs and comparisons are such files.
import { mkdir, open, readFile, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "@fastgpu/core";

/** An open file of lines. */
export interface LineFile<Line> {
  /** Appends a line; it is on disk when the promise resolves. */
  append(line: Line): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a file with some lines. An earlier one of the same path is replaced.
 *
 * @throws {UsageError} if the folder cannot be written
 */
export async function startLineFile<Line>(
  path: string,
  lines: readonly Line[],
): Promise<LineFile<Line>> {
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
    return new OpenLineFile(await open(path, "a"));
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

/** The lines of a file, as text; undefined if there is none. */
export async function readLines(path: string): Promise<readonly string[] | undefined> {
  try {
    return (await readFile(path, "utf8")).split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

class OpenLineFile<Line> implements LineFile<Line> {
  private readonly file: FileHandle;

  constructor(file: FileHandle) {
    this.file = file;
  }

  async append(line: Line): Promise<void> {
    await this.file.appendFile(textOf(line));
    await this.file.datasync();
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

function textOf(line: unknown): string {
  return `${JSON.stringify(line)}\n`;
}
