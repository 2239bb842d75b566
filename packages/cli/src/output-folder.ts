// The folder that results go to: checked before anything is measured, written file by file, each whole.
import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UsageError } from "@fastgpu/core";

/**
 * Makes the folder and proves that files can be written to it, so that a run of an hour cannot end with
 * nowhere to put its record.
 *
 * @throws {UsageError} if it cannot be made or written
 */
export async function prepareFolder(folder: string): Promise<void> {
  const probe = join(folder, `.fastgpu-${randomUUID()}`);
  try {
    await makeFolders(folder);
    await writeFile(probe, "", { flag: "wx" });
    await rm(probe);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new UsageError(
      `--out: folder must be writable, got ${folder} (${code}); choose another with --out`,
      { cause: error },
    );
  }
}

// Not `mkdir` with `recursive`: in a place such as /proc, which has no room for folders, Node tries for ever.
async function makeFolders(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST") {
      if ((await stat(folder)).isDirectory()) return;
      throw error;
    }
    if (code !== "ENOENT" || (await isThere(dirname(folder)))) throw error;
    await makeFolders(dirname(folder));
    await mkdir(folder);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    // Absent or unreachable: the attempt to make it will say which.
    return false;
  }
}

/** Writes a file whole: readers see the old one or the new one, also after a power failure. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(draft, "wx");
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
