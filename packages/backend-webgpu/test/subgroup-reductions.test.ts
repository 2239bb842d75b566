// Reductions of a workgroup through its subgroups: on the first adapter, told to be a GPU, as software adapters give a row of
// this length to one lane. The same results as in float64, NaN and first maxima included, for odd numbers of columns.
import { evaluate, GraphBuilder, tensorFrom, toNumbers, toReferences } from "@fastgpu/core";
import type { Device, PrimitiveName } from "@fastgpu/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AdapterTraits } from "../src/kernels/kernel.ts";
import { compileGraph } from "../src/lower/compile.ts";
import { describeFeature, firstTraits } from "./device.ts";
import { gpuTraits } from "./made-up-traits.ts";
import { openAsGpu } from "./gpu-like.ts";

const traits = await firstTraits();
const hasSubgroups =
  traits !== undefined &&
  traits.hasSubgroups &&
  traits.hasSubgroupIds &&
  traits.subgroupMinSize === traits.subgroupMaxSize;

describeFeature("subgroups", hasSubgroups, "reductions through subgroups", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openAsGpu();
  });
  afterAll(() => device.dispose());

  const ops: readonly [PrimitiveName, object][] = [
    ["reduceSum", { axes: [1], keepDims: false }],
    ["reduceMax", { axes: [1], keepDims: false }],
    ["reduceMin", { axes: [1], keepDims: false }],
    ["argMax", { axis: 1 }],
  ];
  test.each(ops)("%s", async (op, attrs) => {
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
  const textFor = (given: Partial<AdapterTraits>): string =>
    compileGraph(builder.build(), {
      traits: { ...gpuTraits, ...given },
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
  // Which lanes make up a subgroup is up to the driver: without ids nothing is exchanged, with them no place is taken from lanes.
  expect(distances(textFor({ hasSubgroupIds: false }))).toEqual([]);
  expect(textFor({})).toMatch(/shared\w*\[subgroup\] =/);
  expect(textFor({ hasSubgroupIds: false })).toMatch(/shared\w*\[lane\] =/);
});
