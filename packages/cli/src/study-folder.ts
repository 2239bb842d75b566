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

async function folderToResume({ suite, out, workingFolder }: FolderRequest): Promise<string> {
  const home = resolve(workingFolder, resultsFolder);
  const names = (await listed(home)).filter((name) => name.startsWith(prefixOf(suite))).sort();
  const candidates =
    out === undefined
      ? names.reverse().map((name) => join(home, name))
      : [resolve(workingFolder, out)];
  for (const folder of candidates) {
    if ((await listed(folder)).includes(studyFileName)) return folder;
  }
  const place =
    out === undefined ? `none in ${home}` : `${candidates[0] ?? ""} without ${studyFileName}`;
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
