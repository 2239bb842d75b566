// Arithmetic in f16 itself. GPUs use it for what rounds no other way there: the results are those of one correct rounding an op,
// bit for bit. Products use it where that is allowed, within the error that is stated. Software adapters compute in f32, so
// the first adapter is told to be a GPU.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  evaluate,
  GraphBuilder,
  tensorFrom,
  toNumbers,
  toReferences,
  type Device,
  type Graph,
  type TensorMap,
  type Value,
} from "@fastgpu/core";
import {
  abs,
  add,
  conv,
  less,
  matmul,
  maximum,
  minimum,
  mul,
  neg,
  select,
  sub,
} from "@fastgpu/core/functional";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import backend from "../src/index.ts";
import { openAdapter } from "../src/adapter/open-adapter.ts";
import { KernelChoices } from "../src/device/kernel-choices.ts";
import { WebGpuDevice } from "../src/device/webgpu-device.ts";
import type { AdapterTraits, SubgroupMatrixShape } from "../src/kernels/kernel.ts";
import { compileGraph } from "../src/lower/compile.ts";
import { hasAdapter } from "./device.ts";
import { gpuTraits } from "./made-up-traits.ts";

const count = 4000;

/** No product goes into a sum, which a driver might round once only. */
function elementwise(): Graph {
  const builder = new GraphBuilder("half");
  const [x, w] = [builder.input("x", "f16", [count]), builder.input("w", "f16", [count])];
  builder.output("sums", maximum(add(x, w), neg(x)));
  builder.output("chosen", select(less(sub(x, w), abs(w)), mul(x, x), minimum(w, x)));
  return builder.build();
}

const geometry = { strides: [1, 1], padding: [1, 1].map((one) => [one, one] as const) };

const products: readonly [string, readonly number[], readonly number[], typeof matmul][] = [
  ["matmul transposed", [50, 21], [35, 50], (a, b) => matmul(a, b, true, true)],
  ["conv", [2, 5, 9, 7], [6, 5, 3, 3], (x, w) => conv(x, w, { ...geometry, ...rest })],
];
const rest = { dilations: [1, 1], groups: 1 };

function productOf(
  shapes: readonly (readonly number[])[],
  op: (a: Value, b: Value) => Value,
): Graph {
  const builder = new GraphBuilder("product");
  const [a, b] = shapes.map((shape, i) => builder.input(`x${i}`, "f16", shape));
  builder.output("y", op(a!, b!));
  return builder.build();
}

/** Numbers in [-1, 1) that f16 holds. */
function operandsOf(shapes: readonly (readonly number[])[]): TensorMap {
  return Object.fromEntries(
    shapes.map((shape, i) => {
      const length = shape.reduce((product, size) => product * size, 1);
      const values = Array.from({ length }, (_, j) => (((j + 1) * 0.618034 + i * 0.3) % 1) * 2 - 1);
      return [`x${i}`, tensorFrom("f16", shape, values)];
    }),
  );
}

describe.skipIf(!hasAdapter)("f16 on the first adapter", () => {
  let folder = "";
  let device: Device;
  let allowing: Device;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fastgpu-half-"));
    const [info] = await backend.devices();
    const { gpu, traits } = await openAdapter(info!.name, {});
    const choices = await KernelChoices.open(info!, folder);
    device = new WebGpuDevice(info!, gpu, { ...traits, isSoftware: false }, undefined, choices);
    const engine = { arithmetic: traits.hasF16 ? "f16" : "f32" };
    const other = await openAdapter(info!.name, { engine });
    allowing = new WebGpuDevice(
      info!,
      other.gpu,
      { ...other.traits, isSoftware: false },
      undefined,
      choices,
    );
  });
  afterAll(async () => {
    await device.dispose();
    await allowing.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test("elementwise ops round once each, to infinity beyond 65504, and hand NaN on", async () => {
    if (!device.info.dtypes.includes("f16")) return;
    const values = (step: number, scale: number): Float64Array =>
      Float64Array.from({ length: count }, (_, i) => scale * (((i * step) % 2) - 1));
    const x = tensorFrom("f16", [count], values(0.618034, 3));
    const w = tensorFrom("f16", [count], values(0.754878, 2));
    for (const [i, [a, b]] of [
      [NaN, 1],
      [1, NaN],
      [65504, 65504],
      [-300, 300],
    ].entries()) {
      [x, w].forEach(({ data }, at) => {
        data.set(tensorFrom("f16", [1], [[a, b][at]!]).data, i);
      });
    }
    const program = await device.compile(elementwise());
    const { sums, chosen } = await program.run({ x, w });
    await program.dispose();
    const half = (value: number): number => toNumbers(tensorFrom("f16", [1], [value]))[0]!;
    const [xs, ws] = [toNumbers(x), toNumbers(w)];
    const expected = [...xs].map((a, i) => {
      const b = ws[i]!;
      return [
        Math.max(half(a + b), -a),
        half(a - b) < Math.abs(b) ? half(a * a) : Math.min(b, a),
      ] as const;
    });
    expect([...toNumbers(sums!)]).toEqual(expected.map(([sum]) => sum));
    expect([...toNumbers(chosen!)]).toEqual(expected.map(([, choice]) => choice));
  });

  test.each(products)("%s in f16 errs as little as stated", async (_name, a, b, op) => {
    if (!device.info.dtypes.includes("f16")) return;
    const graph = productOf([a, b], op);
    const inputs = operandsOf([a, b]);
    const [kernel] = allowing.tuning!.kernels(graph);
    const [choice] = kernel!.choices
      .filter(({ half }) => half === 1)
      .toSorted((x, y) => x["laneRows"]! * x["depth"]! - y["laneRows"]! * y["depth"]!);
    await allowing.tuning!.keep(kernel!.key, choice!, 1);
    const program = await allowing.compile(graph);
    const found = toNumbers((await program.run(inputs))["y"]!);
    const [timing] = (await program.timings?.()) ?? [];
    await program.dispose();
    if (timing !== undefined) expect(timing.op).toContain("f16");
    const operands = toReferences(inputs);
    const magnitudes = Object.fromEntries(
      Object.entries(operands).map(([name, one]) => [
        name,
        { ...one, data: one.data.map((value) => Math.abs(value)) },
      ]),
    );
    const [exact, scale] = [operands, magnitudes].map(
      (values) => evaluate(graph, values).outputs["y"]!.data,
    );
    // Four roundings of products and sums, one of the result; those of the sum in f32 are next to nothing.
    const bound = (i: number): number => 2 ** -11 * (4.01 * scale![i]! + Math.abs(exact![i]!));
    const shares = [...exact!].map((value, i) => Math.abs(found[i]! - value) / bound(i));
    expect(Math.max(...shares)).toBeLessThan(1);
  });

  test("products in f16 are no choice unless they are allowed, as they overflow where sums in f32 do not", async () => {
    if (!device.info.dtypes.includes("f16")) return;
    const graph = productOf(
      [
        [1, 3],
        [3, 1],
      ],
      (a, b) => matmul(a, b),
    );
    const halves = (one: Device): number =>
      one.tuning!.kernels(graph)[0]!.choices.filter(({ half }) => half === 1).length;
    expect(halves(device)).toBe(0);
    expect(halves(allowing)).toBeGreaterThan(0);
    const inputs = {
      x0: tensorFrom("f16", [1, 3], [300, -300, 1]),
      x1: tensorFrom("f16", [3, 1], [300, 300, 1]),
    };
    const program = await device.compile(graph);
    const found = toNumbers((await program.run(inputs))["y"]!);
    await program.dispose();
    expect([...found]).toEqual([1]);
  });
});

test("only GPUs with f16 compute in it, and results that need no rounding get none", () => {
  const textFor = (isSoftware: boolean): string =>
    compileGraph(elementwise(), {
      traits: { ...gpuTraits, isSoftware },
      slotAddress: (buffer) => ({ buffer, offsetBytes: 0 }),
      chooseTile: () => undefined,
    })
      .dispatches.map(({ wgsl }) => wgsl)
      .join("\n");
  const [gpu, software] = [textFor(false), textFor(true)];
  expect([gpu, software].map((text) => /f32\(f16\(\w+\) \+ f16\(\w+\)\)/.test(text))).toEqual([
    true,
    false,
  ]);
  // One each for the sum, the difference and the square.
  expect(software.match(/f32\(f16\(/g)).toHaveLength(3);
});

test("where it is allowed, GPUs multiply in f16 unless they have matrix units for it, software adapters do not", () => {
  const unit: SubgroupMatrixShape = { component: "f16", result: "f32", m: 16, n: 16, k: 16 };
  const kernelFor = (traits: Partial<AdapterTraits>): string =>
    compileGraph(
      productOf(
        [
          [64, 64],
          [64, 64],
        ],
        (a, b) => matmul(a, b),
      ),
      {
        traits: { ...gpuTraits, allowsHalfSums: true, ...traits },
        slotAddress: (buffer) => ({ buffer, offsetBytes: 0 }),
        chooseTile: () => undefined,
      },
    ).dispatches[0]!.op;
  expect(kernelFor({})).toMatch(/^matmul tile .* f16$/);
  expect(kernelFor({ allowsHalfSums: false })).toMatch(/^matmul tile [x\d]+$/);
  expect(kernelFor({ isSoftware: true })).toMatch(/^matmul broadcast [x\d]+$/);
  expect(kernelFor({ isSoftware: true, hasSubgroups: false })).toMatch(/^matmul tile [x\d]+$/);
  expect(kernelFor({ subgroupMatrices: [unit] })).toContain("units");
});
