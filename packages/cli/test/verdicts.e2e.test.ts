// Verdicts that need no statistics, from the backend process to the exit code: a wrong result has no speed, and a machine
// that throttles has none either.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Comparison, RunRecord } from "@fastgpu/results";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fixture, invoke, scratchFolder, type Ended } from "./launch.ts";

const path = process.env["PATH"] ?? "";
afterEach(() => {
  process.env["PATH"] = path;
});

let folder: string;
beforeEach(() => {
  folder = scratchFolder();
  const suite = {
    name: "tiny",
    models: {
      net: {
        layers: [
          { kind: "input", shape: [4] },
          { kind: "dense", units: 2 },
        ],
      },
    },
    // Long enough for a reading of the GPU to fall into it.
    sampling: { minIterations: 10, minSeconds: 0.3, maxSeconds: 0.5, maxWarmupSeconds: 0.02 },
    workloads: [{ name: "net", kind: "inference", model: "net", batchSizes: [2] }],
  };
  writeFileSync(join(folder, "suite.json"), JSON.stringify(suite));
});

const call = (...args: readonly string[]): Promise<Ended> => invoke(args, { cwd: folder });

it("a wrong result: no speed, CRASHED with the error, exit 5", async () => {
  const backend = ["--backend", fixture("incorrect-backend.mjs")];
  const run = await call("run", "suite.json", ...backend, "--json");
  const { trials } = JSON.parse(run.stdout) as RunRecord;
  expect(trials[0]?.outcome).toMatchObject({ state: "incorrect", check: { passed: false } });
  expect(JSON.stringify(trials)).not.toContain("latencyNs");
  expect(run.status).toBe(5);

  const aa = ["compare", "--aa", "suite.json", "--verdicts", "1", "--json"];
  const { status, stdout } = await call(...aa, ...backend);
  expect(status).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ trials: 0, falseAlarms: 0 });
  writeFileSync(join(folder, "record.json"), run.stdout);
  const text = await call("compare", "record.json", "record.json", "--out", "out");
  expect(text.status).toBe(5);
  expect(text.stdout).toMatch(
    /CRASHED[^]*head incorrect in round 1: check: outputs must match [^]*; base too \(incorrect\)/,
  );
  expect(text.stdout).not.toMatch(/\d (ns|µs|ms)\b/);
}, 60_000);

it.skipIf(process.platform === "win32")(
  "a GPU that throttles all the time: nothing to compare, INVALID with the cause, exit 3",
  async () => {
    const tools = join(folder, "tools");
    mkdirSync(tools);
    const line = "810, 91, 250.00, 0x0000000000000048";
    const script = `case "$*" in *--query-gpu*) while :; do echo "${line}"; sleep 0.05; done;; esac`;
    writeFileSync(join(tools, "nvidia-smi"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(tools, "nvidia-smi"), 0o755);
    process.env["PATH"] = `${tools}${delimiter}${path}`;
    const backend = ["--backend", fixture("gpu-backend.mjs")];
    const run = await call("run", "suite.json", ...backend, "--json");
    const { trials } = JSON.parse(run.stdout) as RunRecord;
    expect(trials[0]?.outcome).toMatchObject({
      state: "invalid",
      message: expect.stringMatching(
        /^samples: at most 20% may be void, got (\d+) of \1 \(\1 throttled\), such as hw-slowdown, hw-thermal-slowdown$/,
      ) as string,
    });
    expect(run.status).toBe(3);

    writeFileSync(join(folder, "record.json"), run.stdout);
    const compared = await call("compare", "record.json", "record.json", "--json");
    expect(compared.status).toBe(3);
    const { verdict, benchmarks } = JSON.parse(compared.stdout) as Comparison;
    expect(verdict).toBe("INVALID");
    expect(benchmarks[0]?.metrics).toEqual([]);
    expect(benchmarks[0]?.reason).toMatch(
      /^1 of 1 rounds are void \(base: samples: at most 20% may be void[^]*throttled/,
    );
  },
  60_000,
);
