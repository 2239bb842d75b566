// Records as text: what is written is read back, and every other text is refused with one clear line.

import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalTrialKey, RecordError, stringifyRecord } from "../src/index.ts";
import { parseRecord } from "../src/read.ts";
import { measurements, record, trial } from "./fixtures.ts";

function refusal(text: string): RecordError {
  try {
    parseRecord(text, "run.json");
  } catch (error) {
    if (error instanceof RecordError) return error;
    throw error;
  }
  throw new Error("the text was accepted");
}

test("a record survives writing and reading", () => {
  expect(parseRecord(stringifyRecord(record()))).toEqual(record());
  expect(parseRecord(stringifyRecord(record(), 2))).toEqual(record());
});

test("another format is refused by its name", () => {
  const text = stringifyRecord(record()).replace("fastgpu.record/2", "fastgpu.record/99");
  expect(refusal(text)).toMatchObject({
    code: "RECORD_VERSION",
    message:
      "run.json: schema must be fastgpu.record/2 or fastgpu.record/1, got fastgpu.record/99; read it with the FastGPU version that wrote it",
  });
  expect(refusal("{}").message).toContain("got no schema name");
  expect(refusal("null").message).toContain("got no schema name");
});

test("a record of version 1 is brought to the present format", () => {
  const old = JSON.parse(stringifyRecord(record()), (key, value: unknown) =>
    key === "iterationsPerSample" ? undefined : value,
  ) as Record<string, unknown>;
  const text = JSON.stringify({ ...old, schema: "fastgpu.record/1" });
  expect(parseRecord(text)).toEqual(record());
});

test("a trial of kind onnx-model is read as one of kind model", () => {
  const ended = trial({ state: "cancelled", message: "" });
  const now = { ...ended.config, workload: { name: "a:onnx-model", kind: "model" as const } };
  const as = (config: typeof now, kind: string): unknown => ({
    ...ended,
    id: canonicalTrialKey(config).replace(":model/", `:${kind}/`),
    config: { ...config, workload: { ...config.workload, kind } },
  });
  const read = parseRecord(JSON.stringify({ ...record(), trials: [as(now, "onnx-model")] }));
  expect(read.trials).toEqual([as(now, "model")]);
});

test("a damaged record of version 1 is refused like any other", () => {
  for (const trials of [null, 7, [null], [{ outcome: { measurements: [] } }]]) {
    const text = JSON.stringify({ ...record(), schema: "fastgpu.record/1", trials });
    expect(refusal(text).code).toBe("RECORD_INVALID");
  }
});

test("a record that is cut off anywhere is refused", () => {
  const text = stringifyRecord(record());
  fc.assert(
    fc.property(fc.integer({ min: 0, max: text.length - 1 }), (length) => {
      const error = refusal(text.slice(0, length));
      expect(error.code).toBe("RECORD_INVALID");
      expect(error.message).toContain("run.json: text must be whole JSON");
    }),
  );
});

test("a broken rule is named with its place", () => {
  const negative = stringifyRecord(record()).replace('"batchSize":128', '"batchSize":-1');
  expect(refusal(negative).message).toBe("run.json: /trials/0/config/batchSize must be >= 1");
  const unknown = stringifyRecord(record()).replace('"dirty":false', '"dirty":false,"extra":1');
  expect(refusal(unknown).message).toBe(
    'run.json: /git must NOT have additional properties ("extra")',
  );
});

test("a trial under another trial's id is refused", () => {
  const good = trial({ state: "cancelled", message: "" });
  const moved = JSON.stringify(record({ trials: [{ ...good, id: "other" }] }));
  expect(refusal(moved).message).toBe(`run.json: trial id must be ${good.id}, got other`);
  const twice = JSON.stringify(record({ trials: [good, good] }));
  expect(refusal(twice).message).toBe(`run.json: trial ids must be unique, got ${good.id} twice`);
});

test("a summary of other samples is refused", () => {
  const timing = measurements().timing!;
  const changed = measurements({ timing: { ...timing, latencyNs: timing.latencyNs.slice(1) } });
  const text = JSON.stringify(record({ trials: [trial({ state: "ok", measurements: changed })] }));
  expect(refusal(text).message).toContain("latency.count must be the 3 counted samples, got 4");
});

test("a number that JSON cannot say is refused when writing", () => {
  const bad = measurements({ metrics: { energyJoules: Number.NaN } });
  const broken = record({ trials: [trial({ state: "ok", measurements: bad })] });
  expect(() => stringifyRecord(broken)).toThrow("record: energyJoules must be finite, got NaN");
});
