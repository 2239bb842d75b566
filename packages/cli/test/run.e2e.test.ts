// `run` from suite to record: what it writes and prints, what it goes on with, how it ends when something breaks.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunRecord, TrialRecord } from "@fastgpu/results";
import { parseRecord } from "@fastgpu/results/read";
import { beforeEach, describe, expect, it } from "vitest";
import { expectRefusal, launch, scratchFolder, start, type Launched } from "./launch.ts";

/** A small model, timed for `seconds` at least, once for each batch size. */
function writeSuite(path: string, batchSizes: readonly number[], seconds: number): void {
  const layers = [
    { kind: "input", shape: [4] },
    { kind: "dense", units: 3, activation: "softmax" },
  ];
  const suite = {
    name: "tiny",
    models: { net: { layers } },
    matrix: { threads: [1] },
    sampling: {
      minIterations: 10,
      minSeconds: seconds,
      maxSeconds: seconds * 2,
      maxWarmupSeconds: 0.2,
    },
    workloads: [{ name: "net", kind: "inference", model: "net", batchSizes }],
  };
  writeFileSync(path, JSON.stringify(suite, undefined, 2));
}

/** Processes whose parent is `pid`. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}

// Field 4 of /proc/<pid>/stat, after the name in parentheses, which may itself contain blanks (proc(5)).
function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    // The process ended while we looked.
    return undefined;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function readTrials(journal: string): readonly TrialRecord[] {
  if (!existsSync(journal)) return [];
  return readFileSync(journal, "utf8")
    .split("\n")
    .filter((line) => line.startsWith('{"kind":"trial"') && line.endsWith("}"))
    .map((line) => (JSON.parse(line) as { readonly trial: TrialRecord }).trial);
}

let folder: string;
let suite: string;
let out: string;
beforeEach(() => {
  folder = scratchFolder();
  suite = join(folder, "tiny.json");
  out = join(folder, "out");
});

const startTiny = (...more: readonly string[]): Launched =>
  start(["run", suite, "--out", out, "--no-roofline", ...more], { cwd: folder });
const readRecord = (): RunRecord =>
  parseRecord(readFileSync(join(out, "record.json"), "utf8"), "record.json");

/** The limit that the trial's speed is stated as a share of, in FLOP/s. */
function roofline(trial: TrialRecord | undefined): number | undefined {
  const outcome = trial?.outcome;
  return outcome?.state === "ok"
    ? outcome.measurements.achieved?.rooflineFlopsPerSecond
    : undefined;
}

it("measures, prints the table, a line per trial on stderr, and writes whole reports", async () => {
  writeSuite(suite, [1, 8], 0.05);
  const args = ["run", suite, "--out", out, "--format", "json,html,md,csv"];
  const { status, stdout, stderr } = await launch(args, { cwd: folder });
  expect({ status, lines: stderr.trim().split("\n").length }).toEqual({ status: 0, lines: 2 });
  expect(stderr).toMatch(/^✓ \[1\/2\] net inference .*\n✓ \[2\/2\] net inference .*\n$/);
  expect(stdout).toContain("2 of 2 trials ok");
  expect(readdirSync(out).sort()).toEqual(
    ["journal.jsonl", "record.json", "report.csv", "report.html", "report.md"].sort(),
  );
  const { status: state, trials } = readRecord();
  expect(state).toBe("complete");
  expect(trials.map(({ config }) => config.batchSize)).toEqual([1, 8]);
  expect(roofline(trials[0])).toBeGreaterThan(1e9);
});

it("prints the record alone with --json, in a folder of its own when none is named", async () => {
  writeSuite(suite, [1], 0.05);
  const args = ["run", suite, "--json", "--no-roofline"];
  const { status, stdout } = await launch(args, { cwd: folder });
  expect(status).toBe(0);
  const [name = ""] = readdirSync(join(folder, "fastgpu-results"));
  expect(name).toMatch(/^tiny-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d$/);
  const written = readFileSync(join(folder, "fastgpu-results", name, "record.json"), "utf8");
  expect(parseRecord(stdout)).toEqual(parseRecord(written));
  expect(roofline(parseRecord(stdout).trials[0])).toBeUndefined();
});

describe.runIf(process.platform === "linux")(
  "when processes are killed",
  { timeout: 120_000 },
  () => {
    it("goes on after kill -9 of a backend, records the crash and exits 5", async () => {
      writeSuite(suite, [1, 8], 1.5);
      const { child, ended } = startTiny();
      // Before the journal there are other processes: one that lists devices, and git.
      await until(() => existsSync(join(out, "journal.jsonl")));
      await until(() => childrenOf(child.pid!).length > 0);
      const [victim] = childrenOf(child.pid!);
      process.kill(victim!, "SIGKILL");
      const { status } = await ended;
      const { trials } = readRecord();
      expect(trials.map(({ outcome }) => outcome.state)).toEqual(["crashed", "ok"]);
      expect(trials[0]!.outcome).toMatchObject({ signal: "SIGKILL" });
      expect(status).toBe(5);
    });

    it("redoes no finished trial when resumed after kill -9 of the run", async () => {
      writeSuite(suite, [1, 2, 4], 0.7);
      const journal = join(out, "journal.jsonl");
      const first = startTiny();
      await until(() => readTrials(journal).length > 0);
      await until(() => childrenOf(first.child.pid!).length > 0);
      const orphans = childrenOf(first.child.pid!);
      first.child.kill("SIGKILL");
      await first.ended;
      await until(() => orphans.every((pid) => !existsSync(`/proc/${pid}`)));
      const finished = readTrials(journal);
      expectRefusal(await startTiny().ended, /must not hold a run that was cut short.*--resume/);
      const { status, stderr } = await startTiny("--resume").ended;
      expect(status).toBe(0);
      expect(stderr).toContain(`${finished.length} already done`);
      const { trials, status: state } = readRecord();
      expect(state).toBe("complete");
      expect(trials.slice(0, finished.length)).toEqual(finished);
      expect(trials).toHaveLength(3);
    });

    it("keeps a partial record on Ctrl-C, ends its children and exits 130", async () => {
      writeSuite(suite, [1, 8], 0.7);
      const journal = join(out, "journal.jsonl");
      const { child, ended } = startTiny();
      await until(() => readTrials(journal).length > 0);
      await until(() => childrenOf(child.pid!).length > 0);
      const children = childrenOf(child.pid!);
      child.kill("SIGINT");
      const { status, stderr, stdout } = await ended;
      expect(status).toBe(130);
      expect(stderr).toContain("stopping; press Ctrl-C again to end at once\n");
      expect(stdout).toContain("1 of 2 trials ok");
      expect(readRecord()).toMatchObject({ status: "partial", plannedTrials: 2 });
      expect(children.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    });
  },
);
