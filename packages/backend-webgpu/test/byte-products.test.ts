// Products of bytes: exact sums in i32 in every method, one byte at a time and packed in fours, for all pairs of signs, every
// layout, and depths that no word divides. Software adapters choose the first by themselves, GPUs the second.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluate, GraphBuilder, tensorFrom, toNumbers, toReferences } from "@fastgpu/core";
import type { Device, Graph, KernelChoice, TensorMap } from "@fastgpu/core";
import { cast, matmul, reshape, slice } from "@fastgpu/core/functional";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import backend from "../src/index.ts";
import { openAdapter } from "../src/adapter/open-adapter.ts";
import { KernelChoices } from "../src/device/kernel-choices.ts";
import { WebGpuDevice } from "../src/device/webgpu-device.ts";
import type { AdapterTraits } from "../src/kernels/kernel.ts";
import { compileGraph } from "../src/lower/compile.ts";
import { hasAdapter } from "./device.ts";
import { gpuTraits } from "./made-up-traits.ts";

type ByteType = "i8" | "u8";

interface Case {
  readonly types: readonly [ByteType, ByteType];
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

const cases: readonly Case[] = [
  { types: ["i8", "i8"], a: [19, 44], b: [44, 36] },
  { types: ["u8", "u8"], a: [19, 44], b: [36, 44], transposeB: true },
  { types: ["u8", "i8"], a: [2, 20, 37], b: [37, 12] },
  { types: ["i8", "u8"], a: [37, 20], b: [12, 37], transposeA: true, transposeB: true },
  { types: ["i8", "i8"], a: [2, 1, 7, 33], b: [3, 33, 9] },
  { types: ["u8", "i8"], a: [1, 1030], b: [1030, 6] },
];

function programOf(one: Case): { readonly graph: Graph; readonly inputs: TensorMap } {
  const builder = new GraphBuilder("bytes");
  const operands = ([one.a, one.b] as const).map((shape, i) =>
    cast(builder.input(`x${i}`, one.types[i]!, shape), "i32"),
  );
  const { transposeA = false, transposeB = false } = one;
  builder.output("y", matmul(operands[0]!, operands[1]!, transposeA, transposeB));
  return { graph: builder.build(), inputs: { x0: bytes(one, 0), x1: bytes(one, 1) } };
}

/** All 256 bytes, the ends of the type among them. */
function bytes({ types, a, b }: Case, i: 0 | 1): TensorMap[string] {
  const [dtype, shape] = [types[i], [a, b][i]!];
  const count = shape.reduce((product, size) => product * size, 1);
  const low = dtype === "i8" ? -128 : 0;
  const values = Array.from({ length: count }, (_, j) => low + ((j * 167 + 255 * i) % 256));
  return tensorFrom(dtype, shape, values);
}

/** Products that a kernel writes out. */
function workOf({ rows = 1, laneRows = rows, laneColumns = 1, depth = 1 }: KernelChoice): number {
  return laneRows * laneColumns * depth;
}

describe.skipIf(!hasAdapter)("products of bytes in fours", () => {
  let folder = "";
  let device: Device;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fastgpu-bytes-"));
    const [info] = await backend.devices();
    const { gpu, traits } = await openAdapter(info!.name, {});
    const choices = await KernelChoices.open(info!, folder);
    device = new WebGpuDevice(info!, gpu, traits, undefined, choices);
  });
  afterAll(async () => {
    await device.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(cases)("$types over $a x $b are exact", async (one) => {
    const { graph, inputs } = programOf(one);
    const expected = [...evaluate(graph, toReferences(inputs)).outputs["y"]!.data];
    const [kernel] = device.tuning!.kernels(graph);
    // The smallest block of each, as large ones take the driver seconds to compile.
    const byMethod = new Map(
      kernel!.choices
        .filter(({ packed }) => packed === 1)
        .toSorted((x, y) => workOf(y) - workOf(x))
        .map((choice) => [`${choice["method"]!} ${choice["swap"]!}`, choice]),
    );
    expect(byMethod.size).toBeGreaterThan(1);
    // All methods load in the same ways, so every one for two cases, and one that compiles fast for the rest.
    const choices = [...byMethod.values()];
    const isWhole = one === cases[0] || one === cases[2];
    for (const choice of isWhole ? choices : [byMethod.get("0 0") ?? choices.at(-1)!]) {
      await device.tuning!.keep(kernel!.key, choice, 1);
      const program = await device.compile(graph);
      const found = [...toNumbers((await program.run(inputs))["y"]!)];
      await program.dispose();
      expect(found, JSON.stringify(choice)).toEqual(expected);
    }
  });

  test("are exact where a factor starts within a word", async () => {
    const [info] = await backend.devices();
    const { gpu, traits } = await openAdapter(info!.name, {});
    const choices = await KernelChoices.open(info!, folder);
    const asGpu = new WebGpuDevice(
      info!,
      gpu,
      { ...traits, isSoftware: false },
      undefined,
      choices,
    );
    const builder = new GraphBuilder("slice");
    const rows = slice(builder.input("x0", "i8", [90]), [7], [87]);
    const columns = cast(builder.input("x1", "i8", [20, 8]), "i32");
    builder.output("y", matmul(cast(reshape(rows, [4, 20]), "i32"), columns));
    const graph = builder.build();
    const one: Case = { types: ["i8", "i8"], a: [90], b: [20, 8] };
    const inputs = { x0: bytes(one, 0), x1: bytes(one, 1) };
    const program = await asGpu.compile(graph);
    const { y } = await program.run(inputs);
    await program.dispose();
    await asGpu.dispose();
    expect([...toNumbers(y!)]).toEqual([
      ...evaluate(graph, toReferences(inputs)).outputs["y"]!.data,
    ]);
  });
});

test("GPUs multiply bytes in fours where WGSL can, software adapters one by one; neither widens them first", () => {
  const textsFor = (traits: Partial<AdapterTraits>): readonly string[] =>
    compileGraph(programOf(cases[0]!).graph, {
      traits: { ...gpuTraits, ...traits },
      slotAddress: (buffer) => ({ buffer, offsetBytes: 0 }),
      chooseTile: () => undefined,
    }).dispatches.map(({ wgsl }) => wgsl);
  const isPacked = (texts: readonly string[]): readonly boolean[] =>
    texts.map((text) => text.includes("dot4I8Packed("));
  expect(isPacked(textsFor({}))).toEqual([true]);
  expect(isPacked(textsFor({ hasPackedDot: false }))).toEqual([false]);
  expect(isPacked(textsFor({ isSoftware: true }))).toEqual([false]);
});
