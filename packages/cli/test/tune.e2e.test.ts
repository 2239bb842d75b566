// `tune` from suite to tuned file, and what picks that up. Speeds are not judged here; a backend whose clock passes by its
// work alone makes the answer the same everywhere.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunRecord, StudyReport } from "@fastgpu/results";
import { expect, test } from "vitest";
import { expectRefusal, invoke, scratchFolder, start } from "./launch.ts";

const backend = fileURLToPath(
  new URL("../../study/test/fixtures/tuned-backend.mjs", import.meta.url),
);

function writeSuite(path: string, tune: object = {}, units = 2): void {
  const layers = [
    { kind: "input", shape: [3] },
    { kind: "dense", units, activation: "softmax" },
  ];
  const suite = {
    name: "tiny",
    models: { net: { layers } },
    matrix: { backends: [backend] },
    workloads: [{ name: "net", kind: "inference", model: "net", batchSizes: [2] }],
    sampling: { minIterations: 6, minSeconds: 0.01, maxWarmupSeconds: 0.02 },
    tune: {
      parameters: { batchSize: false, tile: [32], unroll: false, cache: false, prefetch: false },
      sampling: { minIterations: 6, minSeconds: 0.01, maxWarmupSeconds: 0.02 },
      strategy: "exhaustive",
      repeats: 1,
      rounds: 7,
      ...tune,
    },
  };
  writeFileSync(path, JSON.stringify(suite, undefined, 1));
}

test("the answer is a file that run picks up, and refuses for another suite", async () => {
  const folder = scratchFolder();
  const [suite, out] = [join(folder, "s.json"), join(folder, "out")];
  writeSuite(suite);
  const ended = await invoke(["tune", suite, "--out", out, "--json"], { cwd: folder });
  expect(ended).toMatchObject({ status: 0 });
  const report = JSON.parse(ended.stdout) as StudyReport;
  expect(report.trials).toHaveLength(2);
  // 2 ms x 2.5 against 2 ms.
  expect(report.proof?.contenders[0]?.gains[0]?.low).toBeCloseTo(1.5, 3);
  expect(ended.stderr).toContain("1/40  default: ");
  expect(JSON.parse(readFileSync(join(out, "study.json"), "utf8"))).toEqual(report);
  const tuned = join(out, "fastgpu.tuned.json");
  const again = await invoke([
    "run",
    suite,
    "--tuned",
    tuned,
    "--out",
    join(folder, "run"),
    "--json",
    "--no-roofline",
  ]);
  expect(again.status).toBe(0);
  const { trials } = JSON.parse(again.stdout) as RunRecord;
  expect(trials.map(({ config }) => config.options)).toEqual([{ tile: 32 }]);
  writeSuite(suite, {}, 3);
  expectRefusal(
    await invoke(["run", suite, "--tuned", tuned]),
    /^error: .*fastgpu\.tuned\.json: tuned file must be of this suite and machine, got suite hash /,
  );
  expectRefusal(
    await invoke(["run", suite, "--tuned", tuned, "--threads", "2"]),
    "--tuned: must be given without choices of its own, got --threads",
  );
}, 120_000);

test("Ctrl-C ends with the best so far and exit code 130, and --resume goes on", async () => {
  const folder = scratchFolder();
  const [suite, out] = [join(folder, "s.json"), join(folder, "out")];
  writeSuite(suite, {
    rounds: 0,
    parameters: {
      batchSize: false,
      tile: [8, 16, 32],
      unroll: false,
      cache: false,
      prefetch: false,
    },
  });
  const call = ["tune", suite, "--out", out];
  const running = start(call);
  while (!running.stderr().includes("2/40")) await new Promise((done) => setTimeout(done, 20));
  running.child.kill("SIGINT");
  const stopped = await running.ended;
  expect(stopped.status).toBe(130);
  expect(stopped.stdout).toContain("best so far, not proven");
  expectRefusal(await invoke(call), /--out: folder must not hold a study that was cut short/);
  const resumed = await invoke([...call, "--resume"]);
  expect(resumed.status).toBe(0);
  expect(resumed.stderr).toMatch(/kept from the journal/);
  expect(resumed.stdout).toContain("4 trials of 4 configurations");
});

test("bad input is one line that points at the suite or the flag", async () => {
  const folder = scratchFolder();
  const suite = join(folder, "s.json");
  const refusal = async (tune: object, line: RegExp, ...flags: string[]): Promise<void> => {
    writeSuite(suite, tune);
    expectRefusal(await invoke(["tune", suite, "--out", join(folder, "out"), ...flags]), line);
  };
  const none = "--warm-start: there must be ";
  await refusal(
    {},
    RegExp(`${none}a journal of a study, got none at .*nowhere`),
    "--warm-start",
    "nowhere",
  );
  await refusal({}, RegExp(`${none}an earlier study of tiny`), "--warm-start", "last");
  await refusal({}, /--warm-start: must start a study/, "--warm-start", "last", "--resume");
  await refusal(
    { parameters: { batchSplit: true } },
    /s\.json:\d+:\d+: parameter batchSplit must have a runtime that splits work over devices, got one that does not yet/,
  );
  await refusal({ objectives: ["speed"] }, /s\.json:\d+:\d+: metric must be one of throughput/);
  await refusal(
    { parameters: { tyle: [1] } },
    /s\.json:\d+:\d+: parameter must be one of .*, got "tyle"/,
  );
  await refusal({ trials: 0 }, /s\.json:\d+:\d+: tune\.trials must be >= 1, got 0/);
  await refusal(
    { rules: ["tile > 99"] },
    /space: constraints must leave at least one configuration, got none/,
  );
  await refusal({}, /--strategy: strategy must be one of .*, got "best"/, "--strategy", "best");
});

test("no answer at all: the reasons are counted and the exit code is 3", async () => {
  const folder = scratchFolder();
  const suite = join(folder, "s.json");
  writeSuite(suite, { constraints: ["p50 <= 0.1 us"] });
  const ended = await invoke(["tune", suite, "--out", join(folder, "out")]);
  expect(ended.status).toBe(3);
  expect(ended.stdout).toContain(
    "no configuration is an answer: of 2 trials 2 breaks p50 <= 0.0001",
  );
});
