// Rows added by index, walked over and sorted first: the same sums as in float64, bit for bit the same in every run and in both
// ways, with rows that nothing is added to, many updates of one row and indices out of range.
import { evaluate, GraphBuilder, tensorFrom, toNumbers, toReferences } from "@fastgpu/core";
import type { Device, Graph, HostTensor, TensorMap } from "@fastgpu/core";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openAdapter } from "../src/adapter/open-adapter.ts";
import { KernelChoices } from "../src/device/kernel-choices.ts";
import { WebGpuDevice } from "../src/device/webgpu-device.ts";
import backend from "../src/index.ts";
import type { AdapterTraits, Tile } from "../src/kernels/kernel.ts";
import { scatterAdd } from "../src/kernels/scatter-add.ts";
import { hasAdapter } from "./device.ts";

interface Case {
  readonly outer: readonly number[];
  readonly count: number;
  readonly size: number;
  readonly inner: readonly number[];
  readonly dtype: "f32" | "f16" | "i32";
}

const cases: readonly Case[] = [
  // Sorted: 37 x 24 elements would walk over 300 indices each.
  { outer: [], count: 300, size: 37, inner: [24], dtype: "f32" },
  { outer: [3, 2], count: 130, size: 19, inner: [5, 3], dtype: "f32" },
  { outer: [2], count: 120, size: 33, inner: [17], dtype: "i32" },
  { outer: [], count: 200, size: 21, inner: [32], dtype: "f16" },
  // Walked.
  { outer: [], count: 50, size: 70, inner: [], dtype: "f32" },
];

function programOf({ outer, count, size, inner, dtype }: Case): Graph {
  const builder = new GraphBuilder("scatter");
  const indices = builder.input("indices", "i32", [count]);
  const updates = builder.input("updates", dtype, [...outer, count, ...inner]);
  const attrs = { axis: outer.length, size };
  builder.output("y", builder.op("scatterAdd", [indices, updates], attrs));
  return builder.build();
}

function inputsOf({ outer, count, size, inner, dtype }: Case): TensorMap {
  const shape = [...outer, count, ...inner];
  const elements = shape.reduce((product, length) => product * length, 1);
  // Every third row stays empty, and one row gets every fifth update.
  const rows = Array.from({ length: count }, (_, i) => (i % 5 === 0 ? 1 : ((i * 7) % size) | 1));
  const values = Array.from({ length: elements }, (_, i) =>
    dtype === "f32" ? ((i * 0.618034) % 1) - 0.5 : ((i * 31) % 17) - 8,
  );
  return {
    indices: tensorFrom(
      "i32",
      [count],
      rows.map((row) => Math.min(row, size - 1)),
    ),
    updates: tensorFrom(dtype, shape, values),
  };
}

describe.skipIf(!hasAdapter)("scatterAdd", () => {
  let device: Device;
  let choices: KernelChoices;
  beforeAll(async () => {
    const [info] = await backend.devices();
    const { gpu, traits } = await openAdapter(info!.name, {});
    choices = await KernelChoices.open(info!, join(tmpdir(), "fastgpu-no-choices"));
    device = new WebGpuDevice(info!, gpu, traits, undefined, choices);
  });
  afterAll(() => device.dispose());

  test.for(cases)("$dtype of $count rows into $outer x $size x $inner", async (one, { skip }) => {
    skip(!device.info.dtypes.includes(one.dtype), `${device.info.name} has no ${one.dtype}`);
    const graph = programOf(one);
    const inputs = inputsOf(one);
    const run = async (tile?: Tile): Promise<readonly HostTensor[]> => {
      const stored = vi.spyOn(choices, "get").mockReturnValue(tile);
      const program = await device.compile(graph);
      stored.mockRestore();
      const results = [(await program.run(inputs))["y"]!, (await program.run(inputs))["y"]!];
      const labels = ((await program.timings?.()) ?? []).map(({ op }) => op).join();
      if (tile !== undefined && labels !== "") {
        expect(labels.includes("sort")).toBe(tile["sorted"] === 1);
      }
      await program.dispose();
      return results;
    };
    const [first, ...others] = [
      ...(await run()),
      ...(await run({ sorted: 0 })),
      ...(await run({ sorted: 1 })),
    ];
    for (const other of others) expect(other.data).toEqual(first!.data);
    const expected = evaluate(graph, toReferences(inputs)).outputs["y"]!.data;
    const found = [...toNumbers(first!)];
    const worst = found.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - expected[i]!)),
      0,
    );
    // Whole numbers are exact, sums of up to 80 numbers below 1 nearly so.
    expect(worst).toBeLessThanOrEqual(one.dtype === "f32" ? 80 * 2 ** -23 : 0);
  });

  test("indices out of range are clamped in both ways", async () => {
    for (const inner of [[], [96]]) {
      const one: Case = { outer: [], count: 90, size: 12, inner, dtype: "i32" };
      const rows = Array.from({ length: 90 }, (_, i) => (i % 2 === 0 ? -3 : 500));
      const shape = [90, ...inner];
      const ones = new Array<number>(90 * (inner[0] ?? 1)).fill(1);
      const program = await device.compile(programOf(one));
      const { y } = await program.run({
        indices: tensorFrom("i32", [90], rows),
        updates: tensorFrom("i32", shape, ones),
      });
      await program.dispose();
      const found = [...toNumbers(y!)];
      const columns = inner[0] ?? 1;
      const expected = found.map((_, i) => {
        const row = Math.floor(i / columns);
        return row === 0 || row === 11 ? 45 : 0;
      });
      expect(found).toEqual(expected);
    }
  });
});

test("sorts where elements would walk over more indices than updates and rows", () => {
  const sorted = (outer: number, count: number, size: number, inner: number): unknown =>
    scatterAdd.defaultTile(
      { outer, count, size, inner, accumulator: "f32" },
      [],
      {} as AdapterTraits,
      1,
    )["sorted"];
  expect([sorted(1, 4096, 10_000, 64), sorted(1, 4096, 10_000, 1), sorted(1, 4, 3, 8)]).toEqual([
    1, 0, 0,
  ]);
  // Beyond 2^24 whole numbers are not exact in the f32 of scratch memory.
  expect(sorted(1, 2 ** 24, 10, 64)).toBe(0);
});
