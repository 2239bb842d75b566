// The folder of a comparison: a new one by default, the latest one of the same suite to resume it.
import { readdir, readFile, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { UsageError } from "@fastgpu/core";
import { prepareFolder } from "../output-folder.ts";
import { resultsFolder } from "../run-folder.ts";

/** The journal, beside the reports. */
export const comparisonJournal = "comparison.jsonl";

/** The journal of a verdict on identical code, 0-based; each verdict is a comparison of its own. */
export function sameCodeJournal(verdict: number): string {
  return `same-${verdict + 1}.jsonl`;
}

/** Which journals a form of `compare` writes. */
const journalNames: Readonly<Record<"commits" | "same", RegExp>> = {
  commits: /^comparison\.jsonl$/,
  same: /^same-\d+\.jsonl$/,
};

/** What decides on the folder. */
export interface ComparisonFolderRequest {
  readonly form: keyof typeof journalNames;
  /** As given on the command line: a name or a path. */
  readonly suite: string;
  readonly out: string | undefined;
  readonly isResumed: boolean;
  readonly workingFolder: string;
  readonly today: () => Date;
}

/**
 * The folder, made and proven to be writable.
 *
 * @throws {UsageError} if it cannot be written, if there is nothing to resume, or if it holds a comparison that was cut
 *   short and would be lost
 */
export async function openComparisonFolder(request: ComparisonFolderRequest): Promise<string> {
  const { form, suite, out, isResumed, workingFolder, today } = request;
  const isJournal = (name: string): boolean => journalNames[form].test(name);
  const prefix = `compare-${basename(suite, ".json").replace(/[^\w.-]+/g, "-")}-`;
  const home = resolve(workingFolder, resultsFolder);
  if (isResumed) {
    const folder =
      out === undefined ? await latest(home, prefix, isJournal) : resolve(workingFolder, out);
    if (folder !== undefined && (await list(folder)).some(isJournal)) return folder;
    const what = form === "same" ? "comparison with --aa" : "comparison";
    throw new UsageError(
      `--resume: there must be an earlier ${what}, got none in ${out ?? home}; leave --resume out, or name its folder with --out`,
    );
  }
  // Colons are not allowed in file names on Windows.
  const time = today().toISOString().slice(0, 19).replaceAll(":", "-");
  const folder = out === undefined ? join(home, `${prefix}${time}`) : resolve(workingFolder, out);
  await prepareFolder(folder);
  const journals = (await list(folder)).filter(isJournal).map((name) => join(folder, name));
  for (const journal of journals) await requireFinished(journal);
  for (const journal of journals) await rm(journal);
  return folder;
}

// A finished comparison may be replaced; one that was cut short may still be wanted.
async function requireFinished(journal: string): Promise<void> {
  const text = await readFile(journal, "utf8");
  const last = text.trim().split("\n").at(-1) ?? "";
  if (last.startsWith('{"kind":"end"')) return;
  throw new UsageError(
    `--out: folder must not hold a comparison that was cut short, got ${journal}; go on with --resume, or choose another folder`,
  );
}

async function latest(
  home: string,
  prefix: string,
  isJournal: (name: string) => boolean,
): Promise<string | undefined> {
  // Names end in the time of the comparison, so the last in order is the latest.
  const names = (await list(home)).filter((name) => name.startsWith(prefix)).sort();
  for (const name of names.reverse()) {
    if ((await list(join(home, name))).some(isJournal)) return join(home, name);
  }
  return undefined;
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}
