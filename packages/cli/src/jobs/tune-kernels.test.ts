// What the job keeps of known times: the fastest choice that is also faster the second time, never one that failed.
import { expect, test } from "vitest";
import { MeasurementError, type Device, type Graph, type KernelChoice } from "@fastgpu/core";
import type { JobContext } from "@fastgpu/runtime";
import { tuneKernels, type TunedKernel } from "./tune-kernels.ts";

/** A device with one kernel whose choices take the given times, one more each time they are measured again. */
async function tuned(times: readonly (readonly number[])[]): Promise<{
  readonly result: TunedKernel | undefined;
  readonly kept: readonly KernelChoice[];
}> {
  const seen = new Map<number, number>();
  const kept: KernelChoice[] = [];
  const choices = times.map((_, rows) => ({ rows }));
  const tuning: Device["tuning"] = {
    kernels: () => [{ key: "k", name: "matmul", choices }],
    measure: (_key, { rows = 0 }) => {
      const list = times[rows] ?? [];
      const turn = seen.get(rows) ?? 0;
      seen.set(rows, turn + 1);
      const time = list[Math.min(turn, list.length - 1)];
      return time === undefined
        ? Promise.reject(new MeasurementError("wrong results"))
        : Promise.resolve(time);
    },
    keep: (_key, choice) => {
      kept.push(choice);
      return Promise.resolve();
    },
  };
  const context = {
    device: { info: { backend: "test" }, tuning } as unknown as Device,
    signal: new AbortController().signal,
    emit: () => undefined,
    breathe: () => Promise.resolve(),
  } as unknown as JobContext<TunedKernel>;
  const argument = { strategy: "exhaustive", seed: 0, trials: 10, budgetMs: 1 };
  const [result] = await tuneKernels(context, { ...argument, graphs: [{} as Graph] });
  return { result, kept };
}

test("keeps the fastest choice", async () => {
  const { result, kept } = await tuned([[100], [120], [60], [90]]);
  expect(kept).toEqual([{ rows: 2 }]);
  expect(result).toMatchObject({
    measured: 4,
    failed: 0,
    defaultNs: 100,
    bestNs: 60,
    isKept: true,
  });
});

test("does not keep a choice that was fast by luck, nor one that is hardly faster", async () => {
  expect((await tuned([[100], [50, 110]])).kept).toEqual([]);
  expect((await tuned([[100], [98]])).kept).toEqual([]);
});

test("counts choices that fail, and goes on", async () => {
  const { result, kept } = await tuned([[100], [], [40]]);
  expect(kept).toEqual([{ rows: 2 }]);
  expect(result).toMatchObject({ measured: 3, failed: 1 });
});
