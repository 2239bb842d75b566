// What a record says of the machine, against the operating system's own words.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeEnvironment } from "./environment.ts";
import { gitState } from "./git-state.ts";

const device = {
  backend: "b",
  id: "cpu",
  kind: "cpu",
  name: "n",
  dtypes: ["f32"],
  engine: { name: "some-engine", version: "1.2.3" },
} as const;

test("the environment is this machine, and its fingerprint follows the facts", async () => {
  const described = await describeEnvironment([device, device]);
  expect(described.cpu.cores).toBe(availableParallelism());
  expect(described.memoryBytes).toBe(totalmem());
  expect(described.node).toBe(process.version.slice(1));
  expect(described.engines).toEqual({ "some-engine": "1.2.3" });
  expect(described.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect((await describeEnvironment([device])).fingerprint).toBe(described.fingerprint);
  const newer = { ...device, engine: { ...device.engine, version: "1.2.4" } };
  expect((await describeEnvironment([newer])).fingerprint).not.toBe(described.fingerprint);
});

test("the state of a work tree: commit, branch, and whether tracked files changed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fastgpu-git-"));
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=n", "-c", "user.email=e@e", ...args], {
      cwd: folder,
      encoding: "utf8",
    }).trim();
  try {
    expect(await gitState(folder)).toBeUndefined();
    git("init", "-q", "-b", "trunk");
    expect(await gitState(folder)).toBeUndefined();
    writeFileSync(join(folder, "a"), "1");
    git("add", "a");
    git("commit", "-q", "-m", "first");
    const commit = git("rev-parse", "HEAD");
    expect(await gitState(folder)).toEqual({ commit, branch: "trunk", dirty: false });
    writeFileSync(join(folder, "untracked"), "1");
    expect(await gitState(folder)).toMatchObject({ dirty: false });
    writeFileSync(join(folder, "a"), "2");
    expect(await gitState(folder)).toMatchObject({ dirty: true });
    git("checkout", "-q", "--detach");
    expect(await gitState(folder)).toEqual({ commit, dirty: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
