// Which commit of the user's own work a run measured.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { GitState } from "@fastgpu/results";

const run = promisify(execFile);

/** The state of the work tree around a folder; undefined outside of one, or without git. */
export async function gitState(folder: string): Promise<GitState | undefined> {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await run("git", args, { cwd: folder, windowsHide: true, timeout: 5000 });
    return stdout.trim();
  };
  try {
    const [commit, branch, changes] = await Promise.all([
      git("rev-parse", "HEAD"),
      git("rev-parse", "--abbrev-ref", "HEAD"),
      git("status", "--porcelain", "--untracked-files=no"),
    ]);
    return { commit, dirty: changes !== "", ...(branch === "HEAD" ? {} : { branch }) };
  } catch {
    // No git, no repository, or no commit yet: a run needs none of them.
    return undefined;
  }
}
