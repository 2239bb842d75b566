// Commits of a real repository: which are compared, what is refused, and that nothing is left behind.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findCommits, launcherOf, openCheckout, type CheckoutRequest } from "../src/index.ts";

let repository: string;
beforeEach(() => {
  repository = realpathSync(mkdtempSync(join(tmpdir(), "fastgpu-repository-")));
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.email", "a@example.org");
  git("config", "user.name", "A");
  commit("one");
});
afterEach(() => {
  rmSync(repository, { recursive: true });
});

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: repository, encoding: "utf8", stdio: "pipe" }).trim();
}

function commit(text: string): string {
  writeFileSync(join(repository, "file.txt"), text);
  git("add", ".");
  git("commit", "--quiet", "-m", text);
  return git("rev-parse", "HEAD");
}

function request(changes: Partial<CheckoutRequest> = {}): CheckoutRequest {
  return {
    repository,
    commit: git("rev-parse", "HEAD"),
    side: "head",
    folder: repository,
    onStep: () => undefined,
    signal: new AbortController().signal,
    ...changes,
  };
}

test("base is the merge base, and head is what is checked out", async () => {
  const fork = git("rev-parse", "HEAD");
  git("checkout", "--quiet", "-b", "work");
  const head = commit("mine");
  git("checkout", "--quiet", "main");
  commit("theirs");
  git("checkout", "--quiet", "work");
  const pair = await findCommits({ folder: repository, base: "main" });
  expect(pair).toMatchObject({ base: fork, head });
  expect(pair.notices[0]).toContain("merge base");
});

test("a head that lies behind base is compared with base itself", async () => {
  const first = git("rev-parse", "HEAD");
  const second = commit("two");
  const pair = await findCommits({ folder: repository, base: "main", head: first });
  expect(pair).toMatchObject({ base: second, head: first });
});

test("refs that are none, unrelated histories and folders outside are refused", async () => {
  await expect(findCommits({ folder: repository, base: "nosuch" })).rejects.toThrow(
    'compare: --base must name a commit of this repository, got "nosuch"',
  );
  await expect(findCommits({ folder: repository, base: "--all" })).rejects.toThrow('got "--all"');
  await expect(
    findCommits({ folder: repository, base: "main", head: "HEAD:file.txt" }),
  ).rejects.toThrow("--head must name a commit");
  git("checkout", "--quiet", "--orphan", "other");
  commit("apart");
  await expect(findCommits({ folder: repository, base: "main" })).rejects.toThrow(
    /must have a common ancestor here, got none of main and HEAD; fetch the whole history/,
  );
  const outside = mkdtempSync(join(tmpdir(), "fastgpu-outside-"));
  await expect(findCommits({ folder: outside, base: "main" })).rejects.toThrow(
    "--base needs a git repository",
  );
  rmSync(outside, { recursive: true });
});

test("a dirty work tree is refused without --head, because no commit holds its changes", async () => {
  writeFileSync(join(repository, "file.txt"), "changed");
  await expect(findCommits({ folder: repository, base: "main" })).rejects.toThrow(
    /work tree must be clean without --head, got changes in 1 file.*--head HEAD/,
  );
  expect(await findCommits({ folder: repository, base: "main", head: "HEAD" })).toBeDefined();
});

test("a checkout is installed and built in its folder, and removed without a trace", async () => {
  mkdirSync(join(repository, "part"));
  writeFileSync(join(repository, "part", "package.json"), "{}");
  commit("with a package");
  const folder = join(repository, "part");
  const steps: string[] = [];
  const checkout = await openCheckout(
    request({
      folder,
      install: "echo installed > mark.txt",
      build: "echo built >> mark.txt",
      onStep: (step) => steps.push(step),
    }),
  );
  expect(checkout.folder).toBe(join(checkout.root, "part"));
  expect(readFileSync(join(checkout.folder, "mark.txt"), "utf8")).toMatch(/installed\s+built/);
  expect(steps).toHaveLength(3);
  expect(launcherOf(checkout)).toBeUndefined();
  await checkout.remove();
  expect(existsSync(checkout.root)).toBe(false);
  expect(git("worktree", "list").split("\n")).toHaveLength(1);
});

test("what a killed comparison left behind is replaced", async () => {
  const first = await openCheckout(request());
  writeFileSync(join(first.root, "rest.txt"), "");
  const second = await openCheckout(request());
  expect(second.root).toBe(first.root);
  expect(existsSync(join(second.root, "rest.txt"))).toBe(false);
  await second.remove();
});

test("a build that fails is one line with its own words", async () => {
  const build = `node -e "console.error('error: no such module x'); process.exit(3)"`;
  await expect(openCheckout(request({ build }))).rejects.toThrow(
    /compare: head: build must succeed, got exit code 3 of `node .*: error: no such module x$/,
  );
  expect(git("worktree", "list").split("\n")).toHaveLength(1);
});

test("a package without a lock file must say how it is installed", async () => {
  writeFileSync(join(repository, "package.json"), "{}");
  commit("no lock file");
  await expect(openCheckout(request())).rejects.toThrow(
    /head must have a lock file \(package-lock\.json, .*--install/,
  );
});
