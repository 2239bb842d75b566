// Studies with real processes on a backend whose speed is known and which really fails in parts of its space.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DevicePool } from "@fastgpu/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { TuneOptions, TuneResult } from "../src/index.ts";
import { environment, smallSuite, study } from "./fixtures/small-suite.ts";

let pool: DevicePool;
let folder: string;
beforeEach(() => {
  pool = new DevicePool();
  folder = mkdtempSync(join(tmpdir(), "fastgpu-study-"));
});
afterEach(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

/** Only these values of the settings, and the default's: 4, 1, off. */
function space(
  settings: { tile: number[]; unroll?: number[]; cache?: string[] },
  more: object = {},
): TuneOptions["suite"] {
  const { tile, unroll = false, cache = false } = settings;
  return smallSuite({
    parameters: { batchSize: false, tile, unroll, cache, prefetch: false },
    strategy: "exhaustive",
    repeats: 1,
    ...more,
  });
}

test("finds the fastest configuration, proves it, and keeps a crash as an observation", async () => {
  const suite = space({ tile: [32], unroll: [2] }, { rounds: 7 });
  const { report } = await study(pool, folder, { suite });
  expect(report.end).toBe("exhausted");
  expect(report.trials).toHaveLength(4);
  expect(report.reasons).toEqual([{ reason: "crashed", trials: 1 }]);
  const crashed = report.trials.find(({ outcome }) => outcome === "failed");
  expect(crashed?.configuration).toEqual({ tile: 32, unroll: 2 });
  const winner = report.proof?.contenders.find(({ trial }) => trial === report.proof?.winner);
  expect(winner?.configuration).toEqual({ tile: 32, unroll: 1 });
  // 2 ms x 2.5 against 2 ms: three steps of tile x unroll from the best.
  expect(winner?.gains[0]?.estimate).toBeCloseTo(1.5, 3);
  expect(winner?.gains[0]?.low).toBeCloseTo(1.5, 3);
});

test("all configurations infeasible: says so with the reasons counted", async () => {
  const rules = ["tile == 4 ? unroll == 1 && cache == 'off' : unroll == 2"];
  const suite = space(
    { tile: [32], unroll: [2], cache: ["on"] },
    { rules, constraints: ["p50 <= 0.001 ms"], rounds: 0 },
  );
  const { report } = await study(pool, folder, { suite });
  expect(report.best).toBeUndefined();
  expect(report.proof).toBeUndefined();
  expect(report.reasons).toHaveLength(3);
  expect(report.reasons).toContainEqual({ reason: "breaks p50 <= 0.001", trials: 1 });
  expect(report.reasons).toContainEqual({ reason: "crashed", trials: 1 });
  expect(report.reasons).toContainEqual({ reason: "out-of-memory", trials: 1 });
});

test("stopped and resumed, it goes on; another machine, suite or strategy is refused by name", async () => {
  const controller = new AbortController();
  const suite = space({ tile: [8], unroll: [2] }, { rounds: 0 });
  const stopped = await study(pool, folder, {
    suite,
    signal: controller.signal,
    onStep: (step) => {
      if (step.kind === "line" && step.line.kind === "tell" && step.line.trial === 1)
        controller.abort();
    },
  });
  expect(stopped.report).toMatchObject({ end: "interrupted", trials: { length: 2 } });
  const elsewhere = { ...environment, fingerprint: "bbbbbbbb" };
  const refused = (options: Partial<TuneOptions>): Promise<unknown> =>
    study(pool, folder, { suite, resume: true, ...options });
  await expect(refused({ environment: elsewhere })).rejects.toThrow(
    "must have the machine of its journal, aaaaaaaa, got bbbbbbbb",
  );
  await expect(refused({ suite: { ...suite, hash: "cccc" } })).rejects.toThrow("the suite hash of");
  await expect(refused({ choices: { strategy: "random" } })).rejects.toThrow("the strategy of");
  const path = join(folder, "study.jsonl");
  const before = readFileSync(path, "utf8");
  // A kill in mid-write leaves half a line.
  writeFileSync(path, `${before}{"kind":"ask","tr`);
  const { report } = await study(pool, folder, { suite, resume: true });
  expect(readFileSync(path, "utf8").startsWith(before)).toBe(true);
  expect(report).toMatchObject({ end: "exhausted", trials: { length: 4 } });
  expect(report.studyId).toBe(stopped.report.studyId);
});

test("starts from an earlier study of the workload on this machine, and from no other", async () => {
  const rest = { rounds: 0, strategy: "gp", trials: 3 };
  const before = await study(pool, folder, {
    suite: space({ tile: [2, 8, 16, 32] }, { rounds: 0 }),
  });
  const warmStartPath = join(folder, "study.jsonl");
  const again = (options: Partial<TuneOptions>): Promise<TuneResult> =>
    study(pool, folder, {
      suite: space({ tile: [2, 5, 8, 32] }, rest),
      warmStartPath,
      journalPath: join(folder, "next.jsonl"),
      ...options,
    });
  const { report } = await again({});
  // Tile 16 is not in the new space.
  expect(report.prior).toMatchObject({ study: before.report.studyId, trials: 4 });
  expect(report.trials[1]?.configuration).toEqual({ tile: 32 });
  const kept = readFileSync(join(folder, "next.jsonl"), "utf8");
  const resumed = await study(pool, folder, {
    suite: space({ tile: [2, 5, 8, 32] }, rest),
    journalPath: join(folder, "next.jsonl"),
    resume: true,
  });
  expect(resumed.report.trials).toEqual(report.trials);
  expect(readFileSync(join(folder, "next.jsonl"), "utf8").split("\n")[0]).toBe(kept.split("\n")[0]);
  await expect(again({ warmStartPath: join(folder, "none.jsonl") })).rejects.toThrow(
    "--warm-start: there must be a journal of a study, got none at",
  );
  const elsewhere = { ...environment, fingerprint: "bbbbbbbb" };
  await expect(again({ environment: elsewhere })).rejects.toThrow(
    "must have the machine of this one, bbbbbbbb, got aaaaaaaa",
  );
});

test("a trial that is sure to stay behind is ended early", async () => {
  const sampling = { minIterations: 200, minSeconds: 1, maxSeconds: 3, maxWarmupSeconds: 0.02 };
  const suite = space({ tile: [1] }, { rounds: 0, sampling });
  const { report } = await study(pool, folder, { suite });
  const slow = report.trials.find(({ configuration }) => configuration["tile"] === 1);
  expect(slow).toMatchObject({ outcome: "ok", isRaced: true });
  expect(report.cost.racedProcesses).toBeGreaterThan(0);
});

test("what this machine cannot measure is said after the default's first process", async () => {
  await expect(
    study(pool, folder, { choices: { objectives: ["energy"] }, limits: { trials: 2 } }),
  ).rejects.toThrow(/^tune: energy must be something that this machine measures/);
});
