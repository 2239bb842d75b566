// A commit of the user's repository, ready to be measured: a git work tree of its own outside of the repository, with
// dependencies installed and built. Work trees share the object store, so nothing is downloaded twice.
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { UsageError } from "@fastgpu/core";

const run = promisify(execFile);
const gitTimeoutMs = 120_000;

/** Commits to compare. */
export interface CommitPair {
  readonly repository: string;
  readonly base: string;
  readonly head: string;
  readonly notices: readonly string[];
}

/** What the user asked for. */
export interface CommitRequest {
  /** A folder inside the repository. */
  readonly folder: string;
  readonly base: string;
  /** Absent = what is checked out, which must then be clean. */
  readonly head?: string;
}

/**
 * Finds the commits of a comparison. Base is the merge base of both, because what came into base since is no doing of
 * head; when head has nothing of its own, it is the commit of the ref itself.
 *
 * @throws {UsageError} outside of a repository, for a ref that names no commit, for unrelated histories, or without
 *   `head` for a work tree with changes
 */
export async function findCommits({ folder, base, head }: CommitRequest): Promise<CommitPair> {
  const repository = await git(
    folder,
    ["rev-parse", "--show-toplevel"],
    () => new UsageError(`compare: --base needs a git repository, got none around ${folder}`),
  );
  const baseCommit = await commitOf(repository, "--base", base);
  const headCommit = await commitOf(repository, "--head", head ?? "HEAD");
  if (head === undefined) await requireClean(repository);
  const mergeBase = await git(
    repository,
    ["merge-base", baseCommit, headCommit],
    () =>
      new UsageError(
        `compare: base and head must have a common ancestor here, got none of ${base} and ${head ?? "HEAD"}; fetch the whole history (git fetch --unshallow, or fetch-depth: 0)`,
      ),
  );
  const isBehind = mergeBase === headCommit && baseCommit !== headCommit;
  const notices = isBehind
    ? [`head is an ancestor of ${base}: compared with the commit of ${base} itself`]
    : mergeBase !== baseCommit
      ? [`base is the merge base ${mergeBase.slice(0, 12)} of ${base} and head`]
      : [];
  return { repository, base: isBehind ? baseCommit : mergeBase, head: headCommit, notices };
}

async function commitOf(repository: string, option: string, ref: string): Promise<string> {
  return git(
    repository,
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`],
    () =>
      new UsageError(
        `compare: ${option} must name a commit of this repository, got "${ref}"; fetch it first, or give another branch, tag or commit`,
      ),
  );
}

/** Whether a commit holds a file, by its absolute path in the work tree of the user. */
export async function hasFile(repository: string, commit: string, path: string): Promise<boolean> {
  const inside = relative(realpathSync(repository), path).split(sep).join("/");
  if (inside.startsWith("../")) return false;
  const listed = await git(repository, [
    "ls-tree",
    "--name-only",
    "--full-tree",
    commit,
    "--",
    inside,
  ]);
  return listed !== "";
}

async function requireClean(repository: string): Promise<void> {
  const changes = await git(repository, ["status", "--porcelain", "--untracked-files=no"]);
  if (changes === "") return;
  const files = changes.split("\n").length;
  throw new UsageError(
    `compare: work tree must be clean without --head, got changes in ${files} ${files === 1 ? "file" : "files"}, which no commit holds; commit or stash them, or leave them out with --head HEAD`,
  );
}

/** How a checkout is made ready. */
export interface CheckoutRequest {
  readonly repository: string;
  readonly commit: string;
  /** `base` or `head`. */
  readonly side: "base" | "head";
  /** Folder of the user inside the repository; the same one is used in the checkout. */
  readonly folder: string;
  /** Shell command; undefined = by the lock file, empty = none. */
  readonly install?: string;
  /** Shell command; undefined = the script `build` if there is one, empty = none. */
  readonly build?: string;
  readonly onStep: (step: string) => void;
  readonly signal: AbortSignal;
}

/** A checkout that is ready. */
export interface Checkout {
  readonly root: string;
  /** The user's folder in it. */
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * Checks out, installs and builds a commit.
 *
 * @throws {UsageError} with the last line of the command that failed
 */
export async function openCheckout(request: CheckoutRequest): Promise<Checkout> {
  const { repository, commit, side, onStep, signal } = request;
  const root = checkoutPath(repository, side, commit);
  await removeWorktree(repository, root);
  onStep(`${side}: check out ${commit.slice(0, 12)}`);
  await git(
    repository,
    ["worktree", "add", "--detach", "--force", root, commit],
    (words) => new UsageError(`compare: ${side} must be possible to check out, got ${words}`),
  );
  const remove = (): Promise<void> => removeWorktree(repository, root);
  try {
    const folder = join(root, relative(realpathSync(repository), realpathSync(request.folder)));
    const project = projectOf(folder, root);
    const install = request.install ?? installCommand(project, side);
    const build = request.build ?? buildCommand(project);
    for (const [what, command] of [
      ["install", install],
      ["build", build],
    ] as const) {
      if (command === undefined || command === "") continue;
      onStep(`${side}: ${command}`);
      await shell(command, { cwd: project, what: `${side}: ${what}`, signal });
    }
    return { root, folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The command line that measures a checkout: its own if it has one installed inside itself, else undefined. */
export function launcherOf({
  folder,
  root,
}: Pick<Checkout, "folder" | "root">): string | undefined {
  try {
    const manifest = createRequire(resolve(folder, "noop.js")).resolve(
      "fastgpu-bench/package.json",
    );
    const launcher = join(dirname(manifest), "bin", "fastgpu-bench.js");
    return realpathSync(launcher).startsWith(realpathSync(root) + sep) ? launcher : undefined;
  } catch {
    // Not installed there: models and suites alone are measured with the tool that compares.
    return undefined;
  }
}

// Always the same place for the same work, so that what a kill left behind is found and removed.
function checkoutPath(repository: string, side: string, commit: string): string {
  const hash = createHash("sha256").update(`${repository}\n${side}\n${commit}`).digest("hex");
  return join(tmpdir(), `fastgpu-compare-${hash.slice(0, 16)}-${side}`);
}

async function removeWorktree(repository: string, root: string): Promise<void> {
  if (existsSync(root)) {
    await git(
      repository,
      ["worktree", "remove", "--force", root],
      (words) =>
        new UsageError(
          `compare: ${root} must be possible to remove, got ${words}; remove it by hand`,
        ),
    );
  }
  await git(repository, ["worktree", "prune"]);
}

/** The nearest folder with a lock file or manifest, from the user's folder up to the root of the checkout. */
function projectOf(folder: string, root: string): string {
  const files = [...lockFiles.map(([file]) => file), "package.json"];
  for (let at = folder; ; at = dirname(at)) {
    if (at === root || !at.startsWith(root)) return root;
    if (files.some((file) => existsSync(join(at, file)))) return at;
  }
}

const lockFiles = [
  ["package-lock.json", "npm ci --no-audit --no-fund"],
  ["pnpm-lock.yaml", "pnpm install --frozen-lockfile"],
  ["yarn.lock", "yarn install --frozen-lockfile"],
] as const;

function installCommand(project: string, side: string): string | undefined {
  const found = lockFiles.find(([file]) => existsSync(join(project, file)));
  if (found !== undefined) return found[1];
  if (!existsSync(join(project, "package.json"))) return undefined;
  throw new UsageError(
    `compare: ${side} must have a lock file (${lockFiles.map(([file]) => file).join(", ")}), got package.json alone; commit one, or give --install <command>, "" for none`,
  );
}

function buildCommand(project: string): string | undefined {
  return existsSync(join(project, "package.json")) ? "npm run build --if-present" : undefined;
}

async function shell(
  command: string,
  {
    cwd,
    what,
    signal,
  }: { readonly cwd: string; readonly what: string; readonly signal: AbortSignal },
): Promise<void> {
  let tail = "";
  const child = spawn(command, {
    cwd,
    shell: true,
    signal,
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  const keep = (text: string): void => {
    tail = (tail + text).slice(-4000);
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  const how = await new Promise<string | undefined>((done) => {
    child.on("error", (error) => {
      done(error.message);
    });
    child.on("close", (code, ended) => {
      done(code === 0 ? undefined : `exit code ${code ?? String(ended)}`);
    });
  });
  if (how === undefined) return;
  const lines = tail.trim().split("\n");
  const telling = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? "";
  throw new UsageError(
    `compare: ${what} must succeed, got ${how} of \`${command}\`: ${telling.trim().slice(0, 200)}`,
  );
}

async function git(
  folder: string,
  args: readonly string[],
  failure?: (words: string) => UsageError,
): Promise<string> {
  try {
    const { stdout } = await run("git", [...args], {
      cwd: folder,
      timeout: gitTimeoutMs,
      windowsHide: true,
      maxBuffer: 2 ** 26,
    });
    return stdout.trim();
  } catch (error) {
    const { code, stderr = "" } = error as { readonly code?: unknown; readonly stderr?: string };
    if (code === "ENOENT") {
      throw new UsageError("compare: git must be installed, got no command git", { cause: error });
    }
    const words = stderr.trim().split("\n").at(-1) ?? "";
    throw (
      failure?.(words) ?? new UsageError(`compare: git ${args[0] ?? ""} must work, got ${words}`)
    );
  }
}
