// `compare` as a user calls it: commits of a scratch repository, records, the code with itself; reports and exit codes.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Comparison, FalseAlarmReport, RunRecord } from "@fastgpu/results";
import { beforeEach, describe, expect, it } from "vitest";
import { expectRefusal, fixture, invoke, scratchFolder, type Ended } from "./launch.ts";

let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});

function git(...args: string[]): void {
  execFileSync("git", args, { cwd: folder, stdio: "pipe" });
}

/** Writes and commits a suite of one model, timed as short as possible. */
function commitSuite(units: number, batchSizes: readonly number[] = [4]): void {
  const layers = [
    { kind: "input", shape: [8] },
    { kind: "dense", units, activation: "relu" },
    { kind: "dense", units: 2 },
  ];
  const suite = {
    name: "tiny",
    models: { net: { layers } },
    matrix: { threads: [1] },
    sampling: { minIterations: 10, minSeconds: 0.01, maxSeconds: 0.1, maxWarmupSeconds: 0.02 },
    workloads: [{ name: "net", kind: "inference", model: "net", batchSizes }],
  };
  writeFileSync(join(folder, "suite.json"), JSON.stringify(suite, undefined, 2));
  git("add", ".");
  git("commit", "--quiet", "--allow-empty", "-m", `units ${units}`);
}

function startRepository(): void {
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.email", "a@example.org");
  git("config", "user.name", "A");
}

const compare = (...args: readonly string[]): Promise<Ended> =>
  invoke(["compare", ...args], { cwd: folder });

describe("commits", { timeout: 120_000 }, () => {
  it("finds planted work with one run, names what is missing, writes every report, leaves no checkout", async () => {
    startRepository();
    commitSuite(4, [4, 8]);
    commitSuite(5, [4]);
    const { status, stdout } = await compare(
      ...["--base", "HEAD~1", "suite.json", "--allow-suite-change"],
      ...["--counters", "only", "--out", "out", "--format", "json,html,md,junit"],
    );
    expect(status).toBe(2);
    // Batch 4 through 8 x 4 and 4 x 2: 256 + 16 + 16 (bias, relu) + 64 + 8; with 5 units 320 + 20 + 20 + 80 + 8.
    expect(stdout).toMatch(/REGRESSED.*net inference[^]*flops 360 → 448/);
    expect(stdout).toMatch(/MISSING.*batch 8/);
    expect(readdirSync(join(folder, "out")).sort()).toEqual(
      [
        "comparison.html",
        "comparison.json",
        "comparison.jsonl",
        "comparison.md",
        "junit.xml",
      ].sort(),
    );
    const { benchmarks } = JSON.parse(
      readFileSync(join(folder, "out", "comparison.json"), "utf8"),
    ) as Comparison;
    expect(benchmarks[0]).toMatchObject({ verdict: "REGRESSED", rounds: [{ round: 0 }] });
    const worktrees = execFileSync("git", ["worktree", "list"], { cwd: folder, encoding: "utf8" });
    expect(worktrees.trim().split("\n")).toHaveLength(1);
  });

  it("a backend that dies is exit 5", async () => {
    startRepository();
    commitSuite(4);
    const backend = ["--backend", fixture("crashing-backend.mjs")];
    const { status, stdout } = await compare("--base", "HEAD", "suite.json", ...backend);
    expect(status).toBe(5);
    expect(stdout).toMatch(/CRASHED[^]*head crashed in round 1/);
  });

  it("refuses refs, dirty trees and suites that a commit does not have, in one line", async () => {
    expectRefusal(await compare("--base", "main", "suite.json"), /--base needs a git repository/);
    startRepository();
    commitSuite(4);
    expectRefusal(
      await compare("--base", "nosuch", "suite.json"),
      /--base must name a commit of this repository, got "nosuch"/,
    );
    expectRefusal(
      await compare("--base", "main", "other.json"),
      /suite must be one of .* or a file that base has, got no other\.json in [0-9a-f]{12}/,
    );
    writeFileSync(join(folder, "suite.json"), "{}");
    expectRefusal(
      await compare("--base", "main", "suite.json"),
      /work tree must be clean without --head/,
    );
    expect(existsSync(join(folder, "fastgpu-results"))).toBe(false);
  });
});

it("refuses arguments that do not fit together", async () => {
  const rules: readonly (readonly [readonly string[], RegExp])[] = [
    [["a.json"], /must have two records, --base <ref> or --aa, got a\.json alone/],
    [["a", "b", "c"], /must have two records, got 3 files/],
    [["--base", "x", "--aa", "s"], /must have --base or --aa, got both/],
    [["--head", "x", "s"], /--head must come with --base/],
    [["--base", "x", "s", "--margin", "latncy=1%"], /--margin: must be .*did you mean latency/],
    [["--base", "x", "s", "--margin", "p95=much"], /--margin: must be a share/],
    [["--base", "x", "s", "--counters", "maybe"], /--counters: must be one of gate, report, only/],
    [["--base", "x", "s", "--budget", "0"], /--budget: must be seconds above 0/],
    [["--base", "x", "s", "--format", "pdf"], /--format: must be one or more of/],
  ];
  const ended = await Promise.all(rules.map(([args]) => compare(...args)));
  for (const [index, [, rule]] of rules.entries()) expectRefusal(ended[index]!, rule);
});

describe("records", () => {
  /** Writes a record of five processes; all are copies of one, because starting four more costs seconds. */
  async function writeRecord(name: string, change: (record: RunRecord) => unknown): Promise<void> {
    const path = join(folder, "measured.json");
    if (!existsSync(path)) {
      startRepository();
      commitSuite(4);
      const run = await invoke(["run", "suite.json", "--json", "--no-roofline"], { cwd: folder });
      writeFileSync(path, run.stdout);
    }
    const measured = JSON.parse(readFileSync(path, "utf8")) as RunRecord;
    const [first] = measured.trials;
    const trials = [0, 1, 2, 3, 4].map((repeat) => ({
      ...first!,
      id: first!.id.replace(/r0$/, `r${repeat}`),
      config: { ...first!.config, repeat },
    }));
    const record = { ...measured, plannedTrials: 5, trials };
    writeFileSync(join(folder, name), JSON.stringify(change(record)));
  }

  it("one machine is tested unpaired and says so; another is exit 3; damage is exit 2", async () => {
    await writeRecord("base.json", (record) => record);
    await writeRecord("head.json", (record) => record);
    const same = await compare("base.json", "head.json", "--json");
    const comparison = JSON.parse(same.stdout) as Comparison;
    expect(comparison).toMatchObject({ design: "unpaired", head: { name: "head.json" } });
    expect(comparison.notices[0]).toMatch(/^unpaired: base and head were not measured in pairs/);
    expect({ status: same.status, verdict: comparison.verdict }).toEqual({
      status: 0,
      verdict: "PASS",
    });

    await writeRecord("elsewhere.json", ({ environment, ...record }) => ({
      ...record,
      environment: { ...environment, fingerprint: "deadbeef", memoryBytes: 1 },
    }));
    const elsewhere = await compare("base.json", "elsewhere.json");
    expect(elsewhere.status).toBe(3);
    expect(elsewhere.stdout).toMatch(
      /NOT_COMPARABLE[^]*machines differ: memory \d+ against memory 1/,
    );

    await writeRecord("other.json", (record) => ({
      ...record,
      suite: { name: "other", hash: "0123456789abcdef" },
    }));
    expectRefusal(await compare("base.json", "other.json"), /must be of the same suite/);
    await writeRecord("newer.json", (record) => ({ ...record, schema: "fastgpu.record/99" }));
    expectRefusal(
      await compare("base.json", "newer.json"),
      /newer\.json: schema must be .*record\/99/,
    );
    writeFileSync(
      join(folder, "cut.json"),
      readFileSync(join(folder, "base.json"), "utf8").slice(0, 500),
    );
    expectRefusal(await compare("base.json", "cut.json"), /cut\.json: text must be whole JSON/);
    expectRefusal(
      await compare("base.json", "absent.json"),
      /record: must be a file that can be read/,
    );
  }, 120_000);
});

it("--aa counts its own false alarms with a bound, and goes on where it was cut short", async () => {
  startRepository();
  commitSuite(4);
  const aa = (...args: readonly string[]): Promise<Ended> =>
    compare("--aa", "suite.json", ...["--counters", "only", "--out", "out"], ...args);
  expectRefusal(await aa("--resume"), /--resume: there must be an earlier comparison with --aa/);
  const { status, stdout } = await aa("--verdicts", "2", "--json");
  const report = JSON.parse(stdout) as FalseAlarmReport;
  expect(status).toBe(0);
  expect(report).toMatchObject({ trials: 2, falseAlarms: 0, medianRounds: 1 });
  // One-sided 95% after 0 of 2: 1 - .05^(1/2).
  expect(report.upperBound95).toBeCloseTo(1 - Math.sqrt(0.05), 9);

  // As after a kill: half a line in place of the only round of the second verdict.
  const journal = (n: number): string => join(folder, "out", `same-${n}.jsonl`);
  const roundOf = (n: number): string => readFileSync(journal(n), "utf8").split("\n")[1] ?? "";
  const [first, second] = [roundOf(1), roundOf(2)];
  const [header = ""] = readFileSync(journal(2), "utf8").split("\n");
  writeFileSync(journal(2), `${header}\n${second.slice(0, 99)}`);
  expectRefusal(await aa(), /folder must not hold a comparison that was cut short.*--resume/);
  const resumed = await aa("--resume", "--verdicts", "2", "--json");
  expect(JSON.parse(resumed.stdout)).toMatchObject({ trials: 2, falseAlarms: 0 });
  expect(resumed.stderr.match(/1 rounds already done/g)).toHaveLength(1);
  expect(roundOf(1)).toBe(first);
  expect(roundOf(2)).toMatch(/^\{"kind":"round"/);
  expect(roundOf(2)).not.toBe(second);
}, 120_000);
