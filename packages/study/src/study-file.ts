// The journal of a study on disk, and whether a study may go on with it.
import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { UsageError } from "@fastgpu/core";
import { startLineFile, type LineFile } from "@fastgpu/bench";
import { parseStudyLines, type StudyHeader, type StudyLine } from "@fastgpu/tuner";

/** Name of the journal in a study's folder. */
export const studyFileName = "study.jsonl";

/**
 * Reads a journal.
 *
 * @returns Undefined if there is none
 * @throws {DataError} if it is damaged before its last line, or of another format
 */
export async function readStudyFile(path: string): Promise<readonly StudyLine[] | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return parseStudyLines(text, path);
}

/** Starts a journal with its first lines, or goes on with it: what a kill cut off is left out. */
export function openStudyFile(
  path: string,
  lines: readonly StudyLine[],
): Promise<LineFile<StudyLine>> {
  return startLineFile(path, lines);
}

/**
 * Refuses to go on with a study of something else.
 *
 * @throws {UsageError} naming what differs
 */
export function requireSameStudy(path: string, before: StudyHeader, now: StudyHeader): void {
  const names = new Set([...Object.keys(before.subject), ...Object.keys(now.subject)]);
  for (const name of names) {
    refuse(path, name, before.subject[name] ?? "none", now.subject[name] ?? "none");
  }
  for (const part of ["strategy", "seed", "objectives", "bounds", "baseline", "space"] as const) {
    const [old, fresh] = [plain(before[part]), plain(now[part])];
    if (isDeepStrictEqual(old, fresh)) continue;
    refuse(path, part, JSON.stringify(old), JSON.stringify(fresh));
  }
}

function refuse(path: string, what: string, before: string, now: string): void {
  if (before === now) return;
  throw new UsageError(
    `${path}: a resumed study must have the ${what} of its journal, ${short(before)}, got ${short(now)}; run without --resume, or with another --out`,
  );
}

/** As it comes back from a file. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
