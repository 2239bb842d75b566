// The CI kit as text and as scripts: the action passes what its scripts read, nothing of an input is ever part of a
// script, and the comment is written once. scripts/exercise-ci-gate.mjs runs the comparison itself.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

interface Action {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly runs: {
    readonly steps: readonly {
      readonly name: string;
      readonly run?: string;
      readonly env?: Readonly<Record<string, string>>;
      readonly with?: Readonly<Record<string, string>>;
      readonly if?: string;
    }[];
  };
}

const action = parse(read("action.yml")) as Action;

describe("action.yml", () => {
  it("uses only inputs that it declares, and all of them", () => {
    const used = [...read("action.yml").matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual(Object.keys(action.inputs).sort());
  });

  it("has no expression inside of a script, where an input could become a command", () => {
    for (const { run = "" } of action.runs.steps) expect(run).not.toContain("${{");
  });

  it("gives each script the variables that it reads", () => {
    for (const { run = "", env = {} } of action.runs.steps) {
      const [, script] = /ACTION_PATH\/(ci\/[\w.-]+)"/.exec(run) ?? [];
      if (script === undefined) continue;
      const needed = [...read(script).matchAll(/\$\{(FASTGPU_\w+|GH_TOKEN)[:}]/g)].map(
        ([, name]) => name,
      );
      const given = [...Object.keys(env), "FASTGPU_BENCH"];
      expect([...new Set(needed)].filter((name) => !given.includes(name ?? ""))).toEqual([]);
    }
  });
});

it("the GitLab template calls the same command with the same reports", () => {
  const template = parse(read("ci/gitlab.yml")) as {
    readonly ".fastgpu-compare": { readonly script: readonly string[] };
  };
  expect(template[".fastgpu-compare"].script.join("\n")).toMatch(
    /compare --base "\$FASTGPU_BASE" --head "\$FASTGPU_HEAD" --out fastgpu-compare --format json,html,md,junit/,
  );
});

describe.runIf(process.platform !== "win32")("the scripts", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fastgpu-ci-kit-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** A command of that name which writes its arguments down, one call per line. */
  function fake(name: string, script: string): void {
    const path = join(folder, name);
    writeFileSync(
      path,
      `#!/bin/sh\nprintf '%s ' "$@" >>"${folder}/calls"; echo >>"${folder}/calls"\n${script}\n`,
    );
    chmodSync(path, 0o755);
  }

  function run(script: string, env: Readonly<Record<string, string>>): number | null {
    return spawnSync("bash", [join(root, script)], {
      cwd: folder,
      env: { PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}`, ...env },
    }).status;
  }

  const calls = (): readonly string[] =>
    readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
  const comment = { GITHUB_REPOSITORY: "o/r", FASTGPU_PULL_REQUEST: "7", FASTGPU_FOLDER: "." };

  it("write a comment, and later change that one", () => {
    writeFileSync(join(folder, "comparison.md"), "<!-- fastgpu-bench compare -->\n");
    fake("gh", "");
    expect(run("ci/comment.sh", comment)).toBe(0);
    expect(calls().at(-1)).toContain("--method POST repos/o/r/issues/7/comments");
    fake("gh", "echo 42");
    expect(run("ci/comment.sh", comment)).toBe(0);
    expect(calls().at(-1)).toContain("--method PATCH repos/o/r/issues/comments/42");
  });

  it("write no comment when nothing was compared", () => {
    fake("gh", "");
    expect(run("ci/comment.sh", comment)).toBe(0);
    expect(() => calls()).toThrow("ENOENT");
  });

  it("pass names of branches as one argument, and hand the exit code on", () => {
    fake("bench", "exit 4");
    const env = {
      FASTGPU_BENCH: "bench",
      FASTGPU_SUITE: "a suite.json",
      FASTGPU_BASE: "$(touch hacked)",
      FASTGPU_ARGUMENTS: "--strict --budget 9",
    };
    expect(run("ci/compare.sh", env)).toBe(4);
    const call =
      "compare --base $(touch hacked) --out fastgpu-compare --format json,html,md,junit --strict --budget 9 -- a suite.json";
    expect(calls()).toEqual([call]);
    const output = join(folder, "output");
    expect(run("ci/compare.sh", { ...env, GITHUB_OUTPUT: output })).toBe(0);
    expect(readFileSync(output, "utf8")).toBe("exit-code=4\n");
  });

  it("ask for what is not given", () => {
    expect(run("ci/compare.sh", { FASTGPU_SUITE: "s" })).not.toBe(0);
  });
});
