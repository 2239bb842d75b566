// Model files of the user: generated and given inputs, expected outputs, and files that are none.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outcome } from "@fastgpu/results";
import { DevicePool } from "@fastgpu/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { executeRun, type PlanOptions } from "../src/index.ts";
import { planOf } from "./fixtures/small-suite.ts";

let pool: DevicePool;
let folder: string;
beforeEach(() => {
  pool = new DevicePool();
  folder = mkdtempSync(join(tmpdir(), "fastgpu-bench-"));
  writeFileSync(join(folder, "model.json"), JSON.stringify({ shape: ["n", 2] }));
  writeFileSync(join(folder, "x.npy"), npy([2, 2], [1, 2, 3, 4]));
});
afterEach(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

/** Little-endian f32, format version 1.0. */
function npy(shape: readonly number[], values: readonly number[]): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")},), }\n`;
  const size = Buffer.alloc(2);
  size.writeUInt16LE(header.length);
  const magic = Buffer.from("\x93NUMPY\x01\x00", "latin1");
  const data = Buffer.from(Float32Array.from(values).buffer);
  return Buffer.concat([magic, size, Buffer.from(header, "latin1"), data]);
}

async function run(workload: object, options: PlanOptions = {}): Promise<Outcome | undefined> {
  const suite = {
    workloads: [{ name: "file", kind: "model", path: "model.json", ...workload }],
  };
  const plan = await planOf(suite, pool, options, folder);
  const journalPath = join(folder, "journal.jsonl");
  const record = await executeRun(plan, { pool, journalPath, hasRoofline: false });
  return record.trials[0]?.outcome;
}

test("inputs are generated, and without expected outputs only finiteness is checked", async () => {
  expect(await run({})).toMatchObject({
    state: "ok",
    measurements: { check: { kind: "finite-only", comparedValues: 2, passed: true } },
  });
  expect(await run({ dimensions: { n: 3 } })).toMatchObject({
    measurements: { check: { comparedValues: 6 } },
  });
  expect(await run({ dimensions: { n: 3 } }, { dimensions: { n: 5 } })).toMatchObject({
    measurements: { check: { comparedValues: 10 } },
  });
});

test("given inputs are compared with expected outputs", async () => {
  const inputs = { x: { file: "x.npy" } };
  writeFileSync(join(folder, "y.npy"), npy([2, 2], [2, 4, 6, 8]));
  expect(await run({ inputs, outputs: { y: "y.npy" } })).toMatchObject({
    state: "ok",
    measurements: { check: { kind: "expected-outputs", comparedValues: 4, maxAbsoluteError: 0 } },
  });
  writeFileSync(join(folder, "y.npy"), npy([2, 2], [2, 4, 6, 9]));
  expect(await run({ inputs, outputs: { y: "y.npy" } })).toMatchObject({
    state: "incorrect",
    check: { passed: false, maxAbsoluteError: 1 },
  });
});

test("what is wrong with the user's files ends the run with one line", async () => {
  await expect(run({ outputs: { z: "x.npy" } })).rejects.toThrow(
    /^small\.json:1:\d+: outputs must be those of the file \(y\), got "z"$/,
  );
  writeFileSync(join(folder, "x.npy"), npy([4], [1, 2, 3, 4]));
  await expect(run({ inputs: { x: { file: "x.npy" } } })).rejects.toThrow(
    /x\.npy: value of "x" must be f32\[n,2\], got rank 1 in \[4\]$/,
  );
  writeFileSync(join(folder, "model.json"), "{");
  await expect(run({})).rejects.toThrow(/model\.json: must be a model/);
  await expect(run({ path: "none.onnx" })).rejects.toThrow(
    /model file must exist, got .*none\.onnx/,
  );
});

test("a model file runs in its own precision", async () => {
  expect(await run({}, { precisions: ["f16"] })).toMatchObject({ state: "unsupported" });
});
