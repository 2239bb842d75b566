// `history` over a folder of records of one real run, moved in time and slowed down from one commit on.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HistorySeries, RunRecord } from "@fastgpu/results";
import { expect, it } from "vitest";
import { expectRefusal, fixture, invoke, scratchFolder } from "./launch.ts";

interface HistoryOutput {
  readonly records: number;
  readonly skipped: readonly string[];
  readonly series: readonly HistorySeries[];
}

const suite = {
  name: "tiny",
  models: {
    net: {
      layers: [
        { kind: "input", shape: [8] },
        { kind: "dense", units: 2 },
      ],
    },
  },
  matrix: { threads: [1] },
  sampling: { minIterations: 10, minSeconds: 0.01, maxSeconds: 0.1, maxWarmupSeconds: 0.02 },
  workloads: [{ name: "net", kind: "inference", model: "net", batchSizes: [4] }],
};

const commitOf = (run: number): string => (run + 16).toString(16).padStart(40, "c");

/** The same record of another day and commit, whose steps take `factor` times as long. */
function moved(record: RunRecord, run: number, factor: number): RunRecord {
  const scale = (ns: number): number => Math.round(ns * factor * (1 + 0.002 * Math.sin(run * 7)));
  return {
    ...record,
    runId: `run-${run}`,
    startedAt: new Date(Date.UTC(2026, 0, run + 1)).toISOString(),
    git: { commit: commitOf(run), dirty: false, branch: "main" },
    trials: record.trials.map((trial) => {
      if (trial.outcome.state !== "ok") throw new Error(trial.outcome.message);
      const { measurements } = trial.outcome;
      const timing = measurements.timing!;
      const { latency } = timing;
      const quantiles = (["p05Ns", "p50Ns", "p95Ns"] as const).map(
        (name) => [name, scale(latency[name])] as const,
      );
      const moved = { ...timing, latency: { ...latency, ...Object.fromEntries(quantiles) } };
      return {
        ...trial,
        outcome: { state: "ok", measurements: { ...measurements, timing: moved } },
      };
    }),
  };
}

it("names the commit that a change begins at, draws it, skips what is no record, and never blocks", async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, "suite.json"), JSON.stringify(suite));
  const measured = await invoke(["run", "suite.json", "--json"], { cwd: folder });
  const record = JSON.parse(measured.stdout) as RunRecord;
  for (let run = 0; run < 24; run++) {
    const own = join(folder, "runs", String(run));
    mkdirSync(own, { recursive: true });
    const text = JSON.stringify(moved(record, run, run < 14 ? 1 : 1.3));
    writeFileSync(join(own, run % 2 === 0 ? "record.json" : "of-a-night.record.json"), text);
  }
  writeFileSync(join(folder, "runs", "cut.record.json"), '{"schema":');

  const json = await invoke(["history", "runs", "--json"], { cwd: folder });
  expect(json.status).toBe(0);
  expect(json.stderr).toMatch(/^warning: .*cut\.record\.json: text must be whole JSON/);
  const { records, skipped, series } = JSON.parse(json.stdout) as HistoryOutput;
  expect([records, skipped.length]).toEqual([24, 1]);
  const slow = series.find(({ metric }) => metric === "latency.p05Ns");
  expect(slow?.points).toHaveLength(24);
  expect(slow?.findings).toHaveLength(1);
  expect(slow?.findings[0]).toMatchObject({
    index: 14,
    direction: "worse",
    first: { runId: "run-14", git: { commit: commitOf(14) } },
    last: { runId: "run-13" },
  });
  expect(slow?.findings[0]?.ratio).toBeCloseTo(1.3, 1);

  const text = await invoke(
    ["history", "runs", "--metric", "latency.p05Ns,firstRunNs", "--html", "history.html"],
    { cwd: folder },
  );
  expect(text.status).toBe(0);
  expect(text.stdout).toContain(`from commit ${commitOf(14).slice(0, 12)} of 2026-01-15 on`);
  expect(text.stdout).toMatch(/1 change in 2 series of up to 24 runs/);
  const page = readFileSync(join(folder, "history.html"), "utf8");
  expect(page).toMatch(/<svg[^]*<\/svg>/);
  expect(page).toContain(commitOf(14).slice(0, 12));
}, 60_000);

it("refuses a folder without records, metrics that are not there and windows that are too short", async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, "empty"));
  const [none, absent, short] = await Promise.all([
    invoke(["history", "empty"], { cwd: folder }),
    invoke(["history", "absent"], { cwd: folder }),
    invoke(["history", "empty", "--window", "5"], { cwd: folder }),
  ]);
  expectRefusal(none, "history: folder must hold records, got none in empty");
  expectRefusal(absent, /absent: file must exist, got ENOENT/);
  expectRefusal(short, /--window: must be a whole number of at least 6, got "5"/);
  expect(existsSync(fixture("history.html"))).toBe(false);
}, 60_000);
