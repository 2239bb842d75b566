// `report` on whole, cut, foreign and missing records; a record made by hand, small enough to read.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  canonicalTrialKey,
  fingerprintText,
  recordSchema,
  stringifyRecord,
  type Environment,
  type RunHeader,
  type RunRecord,
  type TrialConfig,
  type TrialRecord,
} from "@fastgpu/results";
import { beforeEach, expect, it } from "vitest";
import { expectRefusal, invoke, scratchFolder } from "./launch.ts";

const config: TrialConfig = {
  workload: { name: "digits", kind: "inference" },
  backend: "onnx",
  device: "cpu",
  precision: "f32",
  batchSize: 1,
  seed: 1,
  repeat: 0,
};
const trial: TrialRecord = {
  id: canonicalTrialKey(config),
  config,
  outcome: { state: "crashed", message: "made up", signal: "SIGKILL", stderrTail: "" },
  durationNs: 1_000_000,
  startedAt: "2026-01-02T03:04:05.678Z",
};
const machine: Omit<Environment, "fingerprint"> = {
  os: { platform: "linux", release: "1", arch: "x64" },
  cpu: { model: "made up", cores: 1 },
  memoryBytes: 1024,
  node: "20.19.0",
  fastgpu: "0.1.0",
  engines: {},
  gpus: [],
};
const header: RunHeader = {
  schema: recordSchema,
  runId: "test",
  startedAt: "2026-01-02T03:04:05.678Z",
  suite: { name: "digits", hash: "0".repeat(64) },
  seed: 1,
  environment: {
    ...machine,
    fingerprint: fingerprintText(machine).length.toString(16).padStart(64, "0"),
  },
  plannedTrials: 1,
};
const record: RunRecord = {
  ...header,
  finishedAt: "2026-01-02T03:04:06.678Z",
  status: "complete",
  trials: [trial],
};

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratchFolder();
  path = join(folder, "record.json");
  writeFileSync(path, stringifyRecord(record));
});

it("shows a table, from the file and from its folder", async () => {
  const [file, home] = await Promise.all([invoke(["report", path]), invoke(["report", folder])]);
  expect(file).toMatchObject({ status: 0, stderr: "" });
  expect(file.stdout).toContain("crashed");
  expect(file.stdout).not.toContain("\u001B");
  expect(home.stdout).toBe(file.stdout);
});

it("gives the record of a journal, also when its last line was cut off", async () => {
  const lines = [
    { kind: "header", header },
    { kind: "trial", trial },
  ].map((l) => JSON.stringify(l));
  const journal = join(folder, "journal.jsonl");
  writeFileSync(journal, `${lines.join("\n")}\n{"kind":"tri`);
  const { status, stdout } = await invoke(["report", journal, "--json"]);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ runId: "test", trials: [{ id: trial.id }] });
});

it("writes one format to stdout and any number of whole files to --out", async () => {
  const { stdout } = await invoke(["report", path, "--format", "md"]);
  expect(stdout).toMatch(/^# FastGPU run: digits\n/);
  const out = join(folder, "reports");
  const written = await invoke(["report", path, "--out", out, "--json"]);
  const names = ["record.json", "report.csv", "report.html", "report.md"];
  expect(readdirSync(out).sort()).toEqual(names);
  const { files } = JSON.parse(written.stdout) as { files: readonly string[] };
  expect([...files].sort()).toEqual(names.map((name) => join(out, name)));
  expect(readFileSync(join(out, "report.html"), "utf8")).toMatch(
    /^<!doctype html>[^]*<\/html>\n?$/i,
  );
});

it("refuses what it cannot read or write in one line, and writes nothing", async () => {
  const cut = join(folder, "cut.json");
  writeFileSync(cut, stringifyRecord(record).slice(0, 100));
  expectRefusal(
    await invoke(["report", cut]),
    /^error: .*cut\.json: text must be whole JSON, got /,
  );
  const later = join(folder, "later.json");
  writeFileSync(later, JSON.stringify({ ...record, schema: "fastgpu.record/9" }));
  expectRefusal(
    await invoke(["report", later]),
    /schema must be fastgpu\.record\/2 or fastgpu\.record\/1, got fastgpu/,
  );
  expectRefusal(await invoke(["report", join(folder, "none")]), /must be a file that can be read/);
  expectRefusal(
    await invoke(["report", path, "--format", "htm"]),
    '--format: must be one or more of json, html, md, csv, got "htm"; did you mean html?',
  );
  expectRefusal(
    await invoke(["report", path, "--format", "md,csv"]),
    "report: --format must name one format without --out, got md,csv; add --out <folder>",
  );
  // A file where the folder should be stops root too, whom permissions do not.
  expectRefusal(
    await invoke(["report", path, "--out", join(path, "inside")]),
    /^error: --out: folder must be writable, got .*inside \(ENOTDIR\); choose another with --out\n$/,
  );
  mkdirSync(join(folder, "empty"));
  expectRefusal(
    await invoke(["report", join(folder, "empty")]),
    /folder must hold record\.json or/,
  );
});
