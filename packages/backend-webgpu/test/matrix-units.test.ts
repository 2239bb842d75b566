// Products of f16 on matrix units: matmul and convolutions with all that the kernel has to get right, against sums in
// float64. The sizes are none that a block divides unless the name says so.
import {
  evaluate,
  GraphBuilder,
  sizeOf,
  tensorFrom,
  toNumbers,
  toReferences,
  type Device,
  type PrimitiveName,
  type TensorMap,
  type Value,
} from "@fastgpu/core";
import { add, cast, relu } from "@fastgpu/core/functional";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SubgroupMatrixShape } from "../src/kernels/kernel.ts";
import { halfUnit } from "../src/kernels/product-units.ts";
import { describeFeature, firstTraits } from "./device.ts";
import { gpuTraits } from "./made-up-traits.ts";
import { openAsGpu } from "./gpu-like.ts";
import { flags, products, same2d, type Shapes } from "./matrix-unit-cases.ts";

const traits = await firstTraits();
const unit = traits === undefined ? undefined : halfUnit(traits);

describeFeature("matrix-units", unit !== undefined, "matrix units", () => {
  let smallest: Device;
  beforeAll(async () => {
    smallest = await openAsGpu({ method: "units", rows: 1 });
  });
  afterAll(() => smallest.dispose());

  test.each(products)("%s %s", async (title, op, shapes, attrs) => {
    const found = await compare(smallest, op, shapes, attrs);
    if (title.includes("parts")) expect(found).toContainEqual(expect.stringContaining("sum of"));
    expect(found).toContainEqual(expect.stringContaining(`${op} units`));
  });

  // Blocks of 2 and of 4 matrices a subgroup: the driver compiles them for seconds.
  test.each([4, 8])("blocks of %d matrices along the rows", async (matrices) => {
    const rows = unit!.m * matrices;
    const device = await openAsGpu({ method: "units", rows });
    const found = await compare(
      device,
      "matmul",
      [
        [70, 44],
        [44, 75],
      ],
      flags(false, false),
    );
    await device.dispose();
    expect(found).toContainEqual(expect.stringContaining(`matmul units ${rows}x`));
  });

  test("bias, activation, residual and cast end a product in its kernel", async () => {
    const found = await compare(
      smallest,
      "matmul",
      [[33, 40], [40, 27], [27], [33, 27]],
      flags(false, false),
      (y, [bias, residual]) => cast(add(relu(add(y, bias!)), residual!), "f32"),
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("units");
  });

  test("is the choice without a wish where blocks are filled, and another where they are not", async () => {
    const device = await openAsGpu();
    const large = await compare(
      device,
      "matmul",
      [
        [40, 24],
        [24, 40],
      ],
      flags(false, false),
    );
    const depthwise = await compare(
      device,
      "conv",
      [
        [2, 6, 7, 7],
        [6, 1, 3, 3],
      ],
      { ...same2d, groups: 6 },
    );
    await device.dispose();
    expect(large).toContainEqual(expect.stringContaining("matmul units"));
    expect(depthwise).not.toContainEqual(expect.stringContaining("units"));
  });

  // The code is right for other shapes as far as WGSL's types go; Dawn then says that this adapter has none of that shape.
  const absent = [
    [16, 16, 16],
    [16, 8, 16],
    [8, 16, 32],
  ].filter(([m, n, k]) => {
    const isShape = (one: SubgroupMatrixShape) => one.m === m && one.n === n && one.k === k;
    return traits?.subgroupMatrices.some(isShape) !== true;
  });
  test.each(absent)(
    "units of %d x %d x %d are refused where the adapter has none",
    async (m = 0, n = 0, k = 0) => {
      const shape = { component: "f16", result: "f32", m, n, k } as const;
      const device = await openAsGpu({ method: "units", rows: 1 }, { subgroupMatrices: [shape] });
      const found = compare(
        device,
        "matmul",
        [
          [20, 30],
          [30, 40],
        ],
        flags(false, false),
      );
      await expect(found).rejects.toThrow(/^webgpu: .*Subgroup matrix .* not supported/);
      await device.dispose();
    },
  );

  test("sums are of f32: terms that f16 would lose are kept", async () => {
    const builder = new GraphBuilder("sums");
    const [a, b] = [builder.input("a", "f16", [8, 2048]), builder.input("b", "f16", [2048, 8])];
    builder.output("y", builder.op("matmul", [a, b], flags(false, false)));
    const program = await smallest.compile(builder.build());
    // 2048 first, then 2047 ones, each half of a step of f16 there; and twice 60,000, beyond f16, which a last term takes back.
    const row = (i: number, k: number): number =>
      i % 2 === 0 ? (k === 0 ? 2048 : 1) : k < 2 ? 60_000 : k === 2 ? -60_000 : 0;
    const { y } = await program.run({
      a: tensorFrom(
        "f16",
        [8, 2048],
        Array.from({ length: 8 * 2048 }, (_, i) => row(Math.floor(i / 2048), i % 2048)),
      ),
      b: tensorFrom("f16", [2048, 8], new Array<number>(2048 * 8).fill(1)),
    });
    await program.dispose();
    const exact = Array.from({ length: 64 }, (_, i) =>
      Math.floor(i / 8) % 2 === 0 ? 4095 : 60_000,
    );
    expect([...toNumbers(y!)]).toEqual([...toNumbers(tensorFrom("f16", [64], exact))]);
  });
});

describe("which unit", () => {
  const shape = { component: "f16", m: 16, n: 16, k: 16 } as const;
  const wide = { ...shape, result: "f32" } as const;
  const small = { ...wide, m: 8, n: 8, k: 8 };
  const given = {
    ...gpuTraits,
    subgroupMatrices: [{ ...shape, result: "f16" } as const, small, wide],
  };

  test("the largest that sums in f32, where subgroups have one size and are told apart", () => {
    expect(halfUnit(given)).toEqual(wide);
    expect(
      halfUnit({ ...given, subgroupMatrices: given.subgroupMatrices.slice(0, 1) }),
    ).toBeUndefined();
    expect(halfUnit({ ...given, subgroupMinSize: 8 })).toBeUndefined();
    expect(halfUnit({ ...given, hasSubgroupIds: false })).toBeUndefined();
    expect(halfUnit({ ...given, hasF16: false })).toBeUndefined();
  });
});

/**
 * Runs one op of f16, compares it with float64, and gives the labels of its kernels.
 *
 * @param end - what follows the op, of the operands beyond the first two
 */
async function compare(
  device: Device,
  op: PrimitiveName,
  shapes: Shapes,
  attrs: object,
  end: (y: Value, more: readonly Value[]) => Value = (y) => y,
): Promise<readonly string[]> {
  const builder = new GraphBuilder("case");
  const operands = shapes.map((shape, i) => builder.input(`x${i}`, "f16", shape));
  const [left, right, ...more] = operands;
  builder.output("y", end(builder.op(op, [left!, right!], attrs as never), more));
  const graph = builder.build();
  const inputs = inputsOf(shapes);
  const { data } = evaluate(graph, toReferences(inputs)).outputs["y"]!;
  const program = await device.compile(graph);
  const found = [...toNumbers((await program.run(inputs))["y"]!)];
  const kernels = (await program.timings?.()) ?? [];
  await program.dispose();
  expect(found).toHaveLength(data.length);
  // Factors are multiples of 1/32 up to 1, so a sum of up to 2^13 products is exact in f32: what is left is to round it to
  // f16, to either neighbour, at most twice behind an epilogue, on numbers below 64.
  const worst = found.reduce((most, value, i) => {
    const scale = Math.max(Math.abs(data[i]!), more.length > 0 ? 4 : 2 ** -10);
    return Math.max(most, Math.abs(value - data[i]!) / scale);
  }, 0);
  expect(worst).toBeLessThanOrEqual((1 + more.length) * 2 ** -10);
  return kernels.map((kernel) => kernel.op);
}

function inputsOf(shapes: Shapes): TensorMap {
  return Object.fromEntries(
    shapes.map((shape, i) => {
      // Fractions of a golden-ratio step: even, without a period that a block could hide.
      const values = Array.from(
        { length: sizeOf(shape) },
        (_, j) => Math.round(((((j + 1) * 0.618034 + i * 0.3) % 1) * 2 - 1) * 32) / 32,
      );
      return [`x${i}`, tensorFrom("f16", shape, values)];
    }),
  );
}
