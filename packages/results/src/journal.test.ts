// Journals: merged, resumed, cut off in mid-write, damaged.

import { expect, test } from "vitest";
import { record, trial } from "../test/fixtures.ts";
import { mergeJournal, recordFromJournal } from "./journal.ts";
import type { RunHeader } from "./record.ts";

function header(plannedTrials: number): RunHeader {
  const { schema, runId, startedAt, suite, seed, environment } = record();
  return { schema, runId, startedAt, suite, seed, environment, plannedTrials };
}

function line(value: unknown): string {
  return JSON.stringify(value);
}

const first = trial({ state: "cancelled", message: "stopped" });
const again = trial({ state: "failed", message: "done again" });
const second = trial({ state: "failed", message: "no" }, { repeat: 1 });

test("a whole journal is a complete record", () => {
  const lines = [
    line({ kind: "header", header: header(2) }),
    line({ kind: "trial", trial: again }),
    line({ kind: "trial", trial: second }),
    line({ kind: "end", finishedAt: "2026-01-02T04:00:00Z" }),
    "",
  ];
  const merged = mergeJournal(lines);
  expect(merged.isTorn).toBe(false);
  expect(recordFromJournal(merged)).toEqual({
    ...header(2),
    status: "complete",
    finishedAt: "2026-01-02T04:00:00Z",
    trials: [again, second],
  });
});

test("a cancelled trial leaves a partial record, and its repetition replaces it in place", () => {
  const start = [
    line({ kind: "header", header: header(2) }),
    line({ kind: "trial", trial: first }),
    line({ kind: "trial", trial: second }),
    line({ kind: "end", finishedAt: "2026-01-02T04:00:00Z" }),
  ];
  expect(recordFromJournal(mergeJournal(start)).status).toBe("partial");
  const resumed = mergeJournal([...start, line({ kind: "trial", trial: again })]);
  expect(resumed.finishedAt).toBeUndefined();
  expect(resumed.trials).toEqual([again, second]);
  expect(recordFromJournal(resumed).status).toBe("complete");
});

test("a journal cut at any byte keeps every line before the cut", () => {
  const lines = [
    line({ kind: "header", header: header(2) }),
    line({ kind: "trial", trial: again }),
    line({ kind: "trial", trial: second }),
  ];
  const text = lines.join("\n");
  const headerEnd = lines[0]!.length;
  for (let length = headerEnd; length < text.length; length += 7) {
    const merged = mergeJournal(text.slice(0, length).split("\n"));
    const whole = length >= headerEnd + 1 + lines[1]!.length ? 1 : 0;
    expect(merged.trials.length).toBe(whole);
  }
});

test("a journal of version 1 is read as one of the present format", () => {
  const old = JSON.parse(JSON.stringify(again), (key, value: unknown) =>
    key === "iterationsPerSample" ? undefined : value,
  ) as typeof again;
  const lines = [
    line({ kind: "header", header: { ...header(1), schema: "fastgpu.record/1" } as never }),
    line({ kind: "trial", trial: old }),
  ];
  const merged = mergeJournal(lines);
  expect(merged.header.schema).toBe("fastgpu.record/2");
  expect(merged.trials).toEqual([again]);
});

test("a damaged line in the middle, a missing header and another format are refused", () => {
  const good = line({ kind: "header", header: header(1) });
  expect(() => mergeJournal([good, "{oops", line({ kind: "trial", trial: again })], "j")).toThrow(
    "j:2: line must be a journal entry, got {oops",
  );
  expect(() => mergeJournal([], "j")).toThrow("j: first line must be a header, got nothing");
  const other = line({ kind: "header", header: { ...header(1), schema: "fastgpu.record/7" } });
  expect(() => mergeJournal([other], "j")).toThrow(
    "j: schema must be fastgpu.record/2 or fastgpu.record/1, got fastgpu.record/7",
  );
});
