// The trace and the table of kernels, from kernels with and without known starts.
import type { RunRecord } from "@fastgpu/results";
import { expect, it } from "vitest";
import { kernelTable, traceOf } from "./trace.ts";

const record = {
  trials: [
    {
      id: "a",
      config: {
        workload: { name: "mlp", kind: "train-step" },
        backend: "webgpu",
        device: "0",
        precision: "f32",
        batchSize: 8,
      },
    },
  ],
} as unknown as RunRecord;

interface Trace {
  readonly traceEvents: readonly {
    readonly ph: string;
    readonly name: string;
    readonly ts?: number;
    readonly dur?: number;
  }[];
}

it("places kernels by their starts, or one behind the other, in microseconds", () => {
  const kernels = [
    { name: "first", op: "matmul", durationNs: 2000, startNs: 500 },
    { name: "second", op: "map", durationNs: 1000 },
  ];
  const { traceEvents } = JSON.parse(traceOf(record, [{ trialId: "a", kernels }])) as Trace;
  expect(traceEvents).toMatchObject([
    { ph: "M", name: "process_name", args: { name: "mlp (train-step) on webgpu:0 f32 batch 8" } },
    { ph: "X", name: "first", ts: 0.5, dur: 2 },
    { ph: "X", name: "second", ts: 2.5, dur: 1 },
  ]);
});

it("lists the longest kernels first with their shares, ten at most", () => {
  const kernels = Array.from({ length: 12 }, (_, i) => ({
    name: `kernel ${i}`,
    op: "map",
    durationNs: i === 3 ? 89_000 : 1000,
  }));
  const lines = kernelTable(record, [{ trialId: "a", kernels }])
    .trim()
    .split("\n");
  expect(lines[0]).toBe("mlp (train-step) on webgpu:0 f32 batch 8: 12 kernels, 100.0 us");
  expect(lines[1]).toMatch(/^ +89\.0 us +89\.0% +kernel 3 +\[map\]$/);
  expect(lines).toHaveLength(11);
  expect(kernelTable(record, [])).toContain("no engine");
});

it("says in what steps the clock of the times goes, where the engine tells", () => {
  const kernels = [{ name: "first", op: "map", durationNs: 65_536, startNs: 0, quantumNs: 65_536 }];
  const profiles = [{ trialId: "a", kernels }];
  const { traceEvents } = JSON.parse(traceOf(record, profiles)) as Trace;
  expect(traceEvents[1]).toMatchObject({
    ph: "M",
    name: "process_labels",
    args: { labels: "times in steps of 65536 ns" },
  });
  expect(kernelTable(record, profiles)).toContain("65.5 us, times in steps of 65536 ns\n");
});
