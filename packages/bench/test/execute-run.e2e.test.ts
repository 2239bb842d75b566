// Runs in real backend processes: every outcome a trial can have, and that the run goes on after it.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRecord } from "@fastgpu/results/read";
import {
  stringifyRecord,
  type Environment,
  type Outcome,
  type ProgressEvent,
  type RunRecord,
} from "@fastgpu/results";
import { DevicePool } from "@fastgpu/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { executeRun, type Plan, type RunOptions } from "../src/index.ts";
import { inferenceSuite, model, planOf, shortSampling } from "./fixtures/small-suite.ts";

const environment: Environment = {
  os: { platform: "linux", release: "1", arch: "x64" },
  cpu: { model: "some", cores: 1 },
  memoryBytes: 1,
  node: "20",
  fastgpu: "0",
  engines: {},
  gpus: [],
  fingerprint: "aaaaaaaa",
};

let pool: DevicePool;
let folder: string;
beforeEach(() => {
  pool = new DevicePool();
  folder = mkdtempSync(join(tmpdir(), "fastgpu-bench-"));
});
afterEach(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

function execute(plan: Plan, options: Partial<RunOptions> = {}): Promise<RunRecord> {
  const journalPath = join(folder, "journal.jsonl");
  // The reference interpreter would take minutes for the product of a roofline.
  return executeRun(plan, { pool, journalPath, environment, hasRoofline: false, ...options });
}

function outcomes(record: RunRecord): Record<string, Outcome> {
  return Object.fromEntries(
    record.trials.map(({ config, outcome }) => [config.workload.name, outcome]),
  );
}

const everyKind = {
  models: { m: model() },
  data: { d: { source: "file", path: "rows.csv", label: "kind", oneHot: true, validation: 4 } },
  workloads: [
    { name: "a", kind: "train-to-accuracy", model: "m", data: "d", epochs: 3, batchSizes: [4] },
    { name: "a", kind: "train-step", model: "m", data: "d", batchSizes: [4], stepsPerRun: [1, 3] },
    { name: "a", kind: "inference", model: "m", batchSizes: [1, 3] },
    {
      name: "product",
      kind: "inference",
      op: { name: "matmul", inputs: [{ shape: [2, 3] }, { shape: [3, 2], isConstant: true }] },
    },
  ],
};

function writeRows(): void {
  const rows = Array.from({ length: 28 }, (_, i) => {
    const [a, b] = [Math.sin(i * 12.9898), Math.sin(i * 78.233)];
    return `${a},${b},${i % 7},${a + b > 0 ? "up" : "down"}`;
  });
  writeFileSync(join(folder, "rows.csv"), ["a,b,c,kind", ...rows].join("\n"));
}

test("every kind of workload gives a record that its schema accepts", async () => {
  writeRows();
  const events: ProgressEvent[] = [];
  const plan = await planOf(everyKind, pool, {}, folder);
  const record = await execute(plan, { onProgress: (event) => events.push(event) });
  expect(record.trials.map(({ outcome }) => outcome.state)).toEqual(Array(6).fill("ok"));
  expect(record.status).toBe("complete");
  expect(parseRecord(stringifyRecord(record))).toEqual(record);
  const [training, step, steps] = record.trials.map(({ outcome }) =>
    outcome.state === "ok" ? outcome.measurements : undefined,
  );
  expect(training?.training).toMatchObject({ trainSamples: 24, validationSamples: 4 });
  expect(training?.training?.epochs.map(({ epoch, steps: count }) => [epoch, count])).toEqual([
    [1, 6],
    [2, 6],
    [3, 6],
  ]);
  expect(step?.timing).toMatchObject({ samplesPerIteration: 4, stopReason: "enough" });
  expect(steps?.timing?.samplesPerIteration).toBe(12);
  expect(steps?.metrics).toEqual({ stepsPerRunCount: 3 });
  expect(step?.timing?.latencyNs.length).toBeGreaterThanOrEqual(shortSampling.minIterations);
  expect(step?.check).toMatchObject({ kind: "reference", comparedValues: 4, passed: true });
  expect(step?.counters.dispatches).toBe(1);
  const kinds = events.map(({ kind }) => kind);
  expect(kinds[0]).toBe("plan");
  expect(kinds.at(-1)).toBe("runFinished");
  expect(kinds.filter((kind) => kind === "epoch")).toHaveLength(3);
});

test("whatever a backend does is an outcome, and the run goes on", async () => {
  const suite = {
    ...inferenceSuite("killed", "aborting", "refusing", "exhausted", "wrong", "odd", "fine"),
  };
  const found = outcomes(await execute(await planOf(suite, pool)));
  expect(found).toMatchObject({
    killed: { state: "crashed", signal: "SIGKILL" },
    aborting: { state: "crashed", signal: "SIGABRT" },
    refusing: { state: "failed", code: "ENGINE", message: "engine: cannot do that" },
    exhausted: { state: "out-of-memory" },
    wrong: { state: "incorrect", check: { passed: false, kind: "reference" } },
    odd: { state: "unsupported", reason: "odd models are not supported" },
    fine: { state: "ok" },
  });
});

test("a trial that takes longer than its limit is a timeout that names the phase", async () => {
  const sampling = { ...shortSampling, trialTimeoutSeconds: 2 };
  const plan = await planOf({ ...inferenceSuite("hanging"), sampling }, pool);
  expect(outcomes(await execute(plan))["hanging"]).toMatchObject({
    state: "timeout",
    limitNs: 2e9,
    phase: "warmup",
  });
});

test("a training in int8 is unsupported, not a failure", async () => {
  const suite = {
    models: { m: model() },
    workloads: [{ name: "a", kind: "train-step", model: "m" }],
  };
  const record = await execute(await planOf(suite, pool, { precisions: ["int8"] }));
  expect(record.trials[0]?.outcome).toMatchObject({ state: "unsupported" });
});

test("an aborted run is partial, and a resumed one does only what is missing", async () => {
  const suite = inferenceSuite("first", "second", "third");
  const controller = new AbortController();
  const partial = await execute(await planOf(suite, pool), {
    signal: controller.signal,
    onProgress: (event) => {
      if (event.kind === "phase" && event.trialId.startsWith("second")) controller.abort();
    },
  });
  expect(partial.status).toBe("partial");
  expect(outcomes(partial)).toMatchObject({
    first: { state: "ok" },
    second: { state: "cancelled" },
  });
  const started: string[] = [];
  const resumed = await execute(await planOf(suite, pool), {
    resume: true,
    onProgress: (event) => {
      if (event.kind === "trialStarted") started.push(event.config.workload.name);
    },
  });
  expect(started).toEqual(["second", "third"]);
  expect(resumed.status).toBe("complete");
  expect(resumed.runId).toBe(partial.runId);
  expect(resumed.trials[0]).toEqual(partial.trials[0]);
});

test("a torn last line of the journal costs only its trial", async () => {
  const suite = inferenceSuite("first", "second");
  const whole = await execute(await planOf(suite, pool));
  const path = join(folder, "journal.jsonl");
  const lines = readFileSync(path, "utf8").split("\n");
  writeFileSync(path, `${lines.slice(0, 2).join("\n")}\n${(lines[2] ?? "").slice(0, 90)}`);
  const resumed = await execute(await planOf(suite, pool), { resume: true });
  expect(resumed.trials[0]).toEqual(whole.trials[0]);
  expect(resumed.status).toBe("complete");
  const kinds = readFileSync(path, "utf8").trim().split("\n");
  expect(kinds.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual([
    "header",
    "trial",
    "trial",
    "end",
  ]);
});

test("a journal of other work or another machine is not resumed", async () => {
  await execute(await planOf(inferenceSuite("first"), pool));
  const other = await planOf(inferenceSuite("other"), pool);
  await expect(execute(other, { resume: true })).rejects.toThrow(/must have the suite hash/);
  const same = await planOf(inferenceSuite("first"), pool);
  const elsewhere = { ...environment, fingerprint: "bbbbbbbb" };
  await expect(execute(same, { resume: true, environment: elsewhere })).rejects.toThrow(
    "must have the machine of the journal, aaaaaaaa, got bbbbbbbb",
  );
});

test("bad data is refused before anything is measured", async () => {
  writeFileSync(join(folder, "rows.csv"), "a,b,kind\n1,2,up\n3,down\n");
  const plan = await planOf(everyKind, pool, {}, folder);
  await expect(execute(plan)).rejects.toThrow(/rows\.csv.*3/);
  writeFileSync(join(folder, "rows.csv"), "a,kind\n1,up\n3,down\n4,up\n5,up\n6,up\n7,down\n");
  await expect(execute(await planOf(everyKind, pool, {}, folder))).rejects.toThrow(
    /small\.json:1:\d+: data "d": "x" must be rows of f32\[3\], got f32\[\d,1\]/,
  );
});

test("a folder that cannot be written is one clear line", async () => {
  writeFileSync(join(folder, "file"), "");
  const plan = await planOf(inferenceSuite("first"), pool);
  const journalPath = join(folder, "file", "journal.jsonl");
  await expect(execute(plan, { journalPath })).rejects.toThrow(/output folder must be writable/);
  expect(existsSync(journalPath)).toBe(false);
});
