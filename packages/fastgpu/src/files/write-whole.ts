// Files that are either as they were or as they shall be: written beside their place, then renamed into it.
import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A file that waits beside its place. */
export interface StagedFile {
  /** Puts it into its place; atomic on one file system. */
  commit(): Promise<void>;
  /** Removes it, if it still waits. */
  discard(): Promise<void>;
}

/** Writes content to disk, beside `path`. */
export async function stageFile(path: string, content: Uint8Array | string): Promise<StagedFile> {
  const name = `.${basename(path)}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
  const staged = join(dirname(path), name);
  const discard = (): Promise<void> => rm(staged, { force: true });
  try {
    const file = await open(staged, "wx");
    try {
      await file.writeFile(content);
      // Without it, a crash of the machine could leave the new name with old or no content.
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await discard();
    throw error;
  }
  return { commit: () => rename(staged, path), discard };
}
