// Which folder a run writes to: a new one by default, the one of an earlier run to resume it.
import { readdir, readFile, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { UsageError } from "@fastgpu/core";
import { mergeJournal, recordFromJournal } from "@fastgpu/results";
import { prepareFolder } from "./output-folder.ts";
import { journalFileName } from "./read-record.ts";

/** Folder for the results of runs that name none. */
export const resultsFolder = "fastgpu-results";

/** What decides on the folder. */
export interface FolderRequest {
  readonly suite: string;
  /** As given to `--out`. */
  readonly out?: string;
  readonly isResumed: boolean;
  readonly workingFolder: string;
  readonly today: () => Date;
}

/**
 * The folder of a run, made and proven to be writable.
 *
 * @throws {UsageError} if it cannot be written, if there is nothing to resume, or if it holds a run that was cut
 *   short and would be lost
 */
export async function openRunFolder(request: FolderRequest): Promise<string> {
  const folder = request.isResumed ? await folderToResume(request) : newFolder(request);
  await prepareFolder(folder);
  if (!request.isResumed) await clearFinishedRun(folder);
  return folder;
}

/** Removes a run's folder again if nothing was written to it, and the folder of all results with it. */
export async function removeIfEmpty(folder: string): Promise<void> {
  const parent = dirname(folder);
  const folders = basename(parent) === resultsFolder ? [folder, parent] : [folder];
  for (const path of folders) {
    try {
      await rmdir(path);
    } catch {
      // It holds something, or is in use: then it stays.
      return;
    }
  }
}

function newFolder({ suite, out, workingFolder, today }: FolderRequest): string {
  if (out !== undefined) return resolve(workingFolder, out);
  // Colons are not allowed in file names on Windows.
  const time = today().toISOString().slice(0, 19).replaceAll(":", "-");
  return resolve(workingFolder, resultsFolder, `${fileName(suite)}-${time}`);
}

async function folderToResume({ suite, out, workingFolder }: FolderRequest): Promise<string> {
  if (out !== undefined) {
    const folder = resolve(workingFolder, out);
    if (await hasJournal(folder)) return folder;
    throw new UsageError(
      `--resume: --out must be the folder of an earlier run, got ${folder} without ${journalFileName}`,
    );
  }
  const home = resolve(workingFolder, resultsFolder);
  const names = await listFolder(home);
  // Names end in the time of the run, so the last in order is the latest.
  const candidates = names.filter((name) => isRunOf(suite, name)).sort();
  for (const name of candidates.reverse()) {
    if (await hasJournal(join(home, name))) return join(home, name);
  }
  throw new UsageError(
    `--resume: there must be an earlier run of ${suite}, got none in ${home}; leave --resume out, or name its folder with --out`,
  );
}

// A finished run may be replaced; one that was cut short may still be wanted.
async function clearFinishedRun(folder: string): Promise<void> {
  const path = join(folder, journalFileName);
  if (!(await hasJournal(folder))) return;
  const record = recordFromJournal(mergeJournal((await readFile(path, "utf8")).split("\n"), path));
  if (record.status === "complete") {
    await rm(path);
    return;
  }
  throw new UsageError(
    `--out: folder must not hold a run that was cut short, got ${path} with ${record.trials.length} of ${record.plannedTrials} trials; go on with --resume, or choose another folder`,
  );
}

async function hasJournal(folder: string): Promise<boolean> {
  return (await listFolder(folder)).includes(journalFileName);
}

async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}

function isRunOf(suite: string, folder: string): boolean {
  const prefix = `${fileName(suite)}-`;
  return folder.startsWith(prefix) && /^\d{4}-\d\d-\d\dT[\d-]+$/.test(folder.slice(prefix.length));
}

/** A suite's name comes from a file; as a file name it must not leave the folder. */
function fileName(suite: string): string {
  return suite.replace(/[^\w.-]+/g, "-").replace(/^\.+/, "") || "suite";
}
