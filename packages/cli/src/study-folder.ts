// Which folder a study writes to: a new one by default, the one of an earlier study to resume it.
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UsageError } from "@fastgpu/core";
import { readStudyFile, studyFileName } from "@fastgpu/study";
import { prepareFolder } from "./output-folder.ts";
import { resultsFolder, type FolderRequest } from "./run-folder.ts";

/**
 * The folder of a study, made and proven to be writable.
 *
 * @throws {UsageError} if it cannot be written, if there is nothing to resume, or if it holds a study that was cut short
 *   and would be lost
 */
export async function openStudyFolder(request: FolderRequest): Promise<string> {
  const folder = request.isResumed ? await folderToResume(request) : newFolder(request);
  await prepareFolder(folder);
  if (request.isResumed) return folder;
  const path = join(folder, studyFileName);
  const lines = await readStudyFile(path);
  const trials = lines?.filter(({ kind }) => kind === "tell").length ?? 0;
  if (lines === undefined || lines.at(-1)?.kind === "end" || trials === 0) return folder;
  throw new UsageError(
    `--out: folder must not hold a study that was cut short, got ${path} with ${trials} trials; go on with --resume, or choose another folder`,
  );
}

function newFolder({ suite, out, workingFolder, today }: FolderRequest): string {
  if (out !== undefined) return resolve(workingFolder, out);
  const time = today().toISOString().slice(0, 19).replaceAll(":", "-");
  return resolve(workingFolder, resultsFolder, `${prefixOf(suite)}${time}`);
}

/**
 * The journal that `--warm-start` names: of a study's folder, a journal itself, or of the suite's last study.
 *
 * @throws {UsageError} if `last` is asked for and there is none
 */
export async function warmStartJournal(
  given: string,
  { suite, workingFolder }: Pick<FolderRequest, "suite" | "workingFolder">,
): Promise<string> {
  if (given !== "last") {
    const path = resolve(workingFolder, given);
    return (await listed(path)).includes(studyFileName) ? join(path, studyFileName) : path;
  }
  const home = resolve(workingFolder, resultsFolder);
  const folder = await lastStudy(suite, home);
  if (folder !== undefined) return join(folder, studyFileName);
  throw new UsageError(
    `--warm-start: there must be an earlier study of ${suite}, got none in ${home}`,
  );
}

/** Folder of the last study of a suite. */
async function lastStudy(suite: string, home: string): Promise<string | undefined> {
  const prefix = prefixOf(suite);
  // What follows is a time; otherwise it is the study of a suite whose name is longer.
  const isOwn = (name: string): boolean =>
    name.startsWith(prefix) && /^\d{4}-/.test(name.slice(prefix.length));
  const names = (await listed(home)).filter(isOwn).sort();
  for (const name of names.reverse()) {
    const folder = join(home, name);
    if ((await listed(folder)).includes(studyFileName)) return folder;
  }
  return undefined;
}

async function folderToResume({ suite, out, workingFolder }: FolderRequest): Promise<string> {
  const home = resolve(workingFolder, resultsFolder);
  const named = out === undefined ? undefined : resolve(workingFolder, out);
  const isStudy = named !== undefined && (await listed(named)).includes(studyFileName);
  const folder = out === undefined ? await lastStudy(suite, home) : isStudy ? named : undefined;
  if (folder !== undefined) return folder;
  const place = out === undefined ? `none in ${home}` : `${named ?? ""} without ${studyFileName}`;
  throw new UsageError(`--resume: there must be an earlier study of ${suite}, got ${place}`);
}

function prefixOf(suite: string): string {
  return `tune-${suite.replace(/[^\w.-]+/g, "-").replace(/^\.+/, "") || "suite"}-`;
}

async function listed(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}
