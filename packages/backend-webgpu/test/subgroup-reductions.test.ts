// Reductions of a workgroup through its subgroups: on the first adapter, told to be a GPU, as software adapters give a row of
// this length to one lane. The same results as in float64, NaN and first maxima included, for odd numbers of columns.
import { evaluate, GraphBuilder, tensorFrom, toNumbers, toReferences } from "@fastgpu/core";
import type { Device, PrimitiveName } from "@fastgpu/core";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import backend from "../src/index.ts";
import { openAdapter } from "../src/adapter/open-adapter.ts";
import { KernelChoices } from "../src/device/kernel-choices.ts";
import { WebGpuDevice } from "../src/device/webgpu-device.ts";
import type { AdapterTraits } from "../src/kernels/kernel.ts";
import { compileGraph } from "../src/lower/compile.ts";
import { hasAdapter } from "./device.ts";

const [info] = await backend.devices();

describe.skipIf(!hasAdapter)("reductions through subgroups", () => {
  let folder = "";
  let device: Device;
  let hasSubgroups = false;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fastgpu-subgroups-"));
    const { gpu, traits } = await openAdapter(info!.name, {});
    hasSubgroups = traits.hasSubgroups && traits.subgroupMinSize === traits.subgroupMaxSize;
    const choices = await KernelChoices.open(info!, folder);
    device = new WebGpuDevice(info!, gpu, { ...traits, isSoftware: false }, undefined, choices);
  });
  afterAll(async () => {
    await device.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const ops: readonly [PrimitiveName, object][] = [
    ["reduceSum", { axes: [1], keepDims: false }],
    ["reduceMax", { axes: [1], keepDims: false }],
    ["reduceMin", { axes: [1], keepDims: false }],
    ["argMax", { axis: 1 }],
  ];
  test.each(ops)("%s", async (op, attrs) => {
    if (!hasSubgroups) return;
    const shape = [3, 1037];
    const builder = new GraphBuilder("rows");
    const x = builder.input("x", "f32", shape);
    builder.output("y", builder.op(op, [x], attrs as never));
    const values = Array.from({ length: 3 * 1037 }, (_, i) => ((i * 37) % 101) - 50);
    // The last row has a NaN, which sums and extrema hand on; a first maximum is not asked for there.
    if (op !== "argMax") values[2 * 1037 + 900] = NaN;
    const inputs = { x: tensorFrom("f32", shape, values) };
    const program = await device.compile(builder.build());
    const { y } = await program.run(inputs);
    const [timing] = (await program.timings?.()) ?? [];
    await program.dispose();
    const expected = evaluate(builder.build(), toReferences(inputs)).outputs["y"]!.data;
    // Whole numbers below 2^24: exact in any order.
    expect([...toNumbers(y!)]).toEqual([...expected]);
    if (timing !== undefined) expect(timing.op).toContain("rows by workgroup");
  });
});

test("exchanges take half of a subgroup, then a quarter, where its size is known", () => {
  const builder = new GraphBuilder("rows");
  const x = builder.input("x", "f32", [2, 5000]);
  builder.output("y", builder.op("reduceSum", [x], { axes: [1], keepDims: false }));
  const textFor = (traits: Partial<AdapterTraits>): string =>
    compileGraph(builder.build(), {
      traits: { ...gpu, ...traits },
      slotAddress: (buffer) => ({ buffer, offsetBytes: 0 }),
      chooseTile: () => undefined,
    }).dispatches[0]!.wgsl;
  const distances = (text: string): string[] =>
    [...text.matchAll(/subgroupShuffleXor\(\w+, (\d+)u\)/g)].map(([, distance = ""]) => distance);
  expect(distances(textFor({}))).toEqual(["16", "8", "4", "2", "1"]);
  // Sizes may differ from kernel to kernel.
  expect(distances(textFor({ subgroupMinSize: 8 }))).toEqual([]);
  const software = { isSoftware: true, subgroupMinSize: 8, subgroupMaxSize: 8 };
  expect(distances(textFor(software))).toEqual(["4", "2", "1"]);
  expect(distances(textFor({ hasSubgroups: false }))).toEqual([]);
});

const gpu: AdapterTraits = {
  isSoftware: false,
  hasF16: true,
  hasSubgroups: true,
  subgroupMinSize: 32,
  subgroupMaxSize: 32,
  hasPackedDot: true,
  subgroupMatrices: [],
  maxWorkgroupBytes: 32_768,
  maxWorkgroupLanes: 1024,
  maxBindings: 16,
  maxBindingBytes: 2 ** 27,
  maxBufferBytes: 2 ** 28,
};
