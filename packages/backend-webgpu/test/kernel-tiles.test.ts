// Products and convolutions beyond the sizes of the shared cases: every method that the adapter can run gives the results of
// a float64 sum, for sizes that no block divides; measured and stored choices are used by later compilations.
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
  type PrimitiveName,
  type TensorMap,
} from "@fastgpu/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import backend from "../src/index.ts";
import { openAdapter } from "../src/adapter/open-adapter.ts";
import { KernelChoices } from "../src/device/kernel-choices.ts";
import { WebGpuDevice } from "../src/device/webgpu-device.ts";

const [info] = await backend.devices();
const isRequired = (process.env["FASTGPU_REQUIRE"] ?? "").split(",").includes("webgpu");
if (info === undefined && isRequired) throw new Error("webgpu: an adapter must be there, got none");

const cases: readonly [PrimitiveName, readonly (readonly number[])[], object][] = [
  [
    "matmul",
    [
      [67, 45],
      [45, 131],
    ],
    { transposeA: false, transposeB: false },
  ],
  [
    "matmul",
    [
      [2, 44, 68],
      [2, 100, 44],
    ],
    { transposeA: true, transposeB: true },
  ],
  [
    "conv",
    [
      [3, 6, 13, 11],
      [10, 3, 3, 2],
    ],
    geometry(
      2,
      [2, 1],
      [1, 2],
      [
        [1, 2],
        [0, 1],
      ],
    ),
  ],
  [
    "convInputGrad",
    [
      [2, 8, 9, 9],
      [8, 5, 3, 3],
    ],
    inputGeometry([2, 5, 9, 9]),
  ],
  [
    "convFilterGrad",
    [
      [4, 5, 12, 12],
      [4, 7, 12, 12],
    ],
    filterGeometry([7, 5, 3, 3]),
  ],
];

function geometry(
  groups: number,
  strides: readonly number[],
  dilations: readonly number[],
  padding: readonly (readonly [number, number])[],
): object {
  return { groups, strides, dilations, padding };
}

function same(): object {
  return geometry(
    1,
    [1, 1],
    [1, 1],
    [
      [1, 1],
      [1, 1],
    ],
  );
}

function inputGeometry(inputShape: readonly number[]): object {
  return { ...same(), inputShape };
}

function filterGeometry(filterShape: readonly number[]): object {
  return { ...same(), filterShape };
}

describe.skipIf(info === undefined)("kernels of the first adapter", () => {
  let folder = "";
  let device: Device;

  const open = async (): Promise<Device> => {
    const { gpu, traits } = await openAdapter(info!.name, {});
    return new WebGpuDevice(info!, gpu, traits, undefined, await KernelChoices.open(info!, folder));
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fastgpu-tiles-"));
    device = await open();
  });
  afterAll(async () => {
    await device.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(cases)("%s over %j agrees with float64 in every method", async (op, shapes, attrs) => {
    const { graph, inputs } = programOf(op, shapes, attrs);
    const expected = evaluate(graph, toReferences(inputs)).outputs["y"]!.data;
    const [kernel] = device.tuning!.kernels(graph);
    expect(kernel!.choices.length).toBeGreaterThan(1);
    // Turns of four indices one way round and of one the other way: every method and both depths, not all pairs of them.
    const choices = kernel!.choices.filter(
      ({ method, swap, depth }) => method !== 0 || depth === (swap === 1 ? 1 : 4),
    );
    const byMethod = new Map(
      choices.map((choice) => [
        `${choice["method"]!} ${choice["swap"]!} ${choice["split"]! > 1}`,
        choice,
      ]),
    );
    for (const choice of byMethod.values()) {
      await device.tuning!.keep(kernel!.key, choice, 1);
      const program = await device.compile(graph);
      const found = [...toNumbers((await program.run(inputs))["y"]!)];
      await program.dispose();
      const worst = found.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - expected[i]!)),
        0,
      );
      // Sums of up to 576 products of numbers below 1.
      expect(worst, JSON.stringify(choice)).toBeLessThan(576 * 2 ** -23);
    }
  });

  test("a stored choice is used by a device that is opened later", async () => {
    const { graph } = programOf(
      "matmul",
      [
        [64, 65],
        [65, 63],
      ],
      {
        transposeA: false,
        transposeB: false,
      },
    );
    const kernelOf = async (open: Device): Promise<string> => {
      const program = await open.compile(graph);
      await program.run({ x0: ones(64, 65), x1: ones(65, 63) }, []);
      const [timing] = (await program.timings?.()) ?? [];
      await program.dispose();
      return `${timing?.name ?? ""} ${timing?.op ?? ""}`;
    };
    const own = await kernelOf(device);
    const [kernel] = device.tuning!.kernels(graph);
    const other = kernel!.choices.at(-1)!;
    expect(await device.tuning!.measure(kernel!.key, other, 1)).toBeGreaterThan(0);
    await expect(device.tuning!.measure(kernel!.key, { method: 99 }, 1)).rejects.toThrow("choices");
    await device.tuning!.keep(kernel!.key, other, 1);
    const later = await open();
    const chosen = await kernelOf(later);
    await later.dispose();
    expect(chosen).not.toBe(own);
  });
});

function ones(rows: number, columns: number): ReturnType<typeof tensorFrom> {
  return tensorFrom("f32", [rows, columns], new Array<number>(rows * columns).fill(1));
}

function programOf(
  op: PrimitiveName,
  shapes: readonly (readonly number[])[],
  attrs: object,
): { readonly graph: Graph; readonly inputs: TensorMap } {
  const builder = new GraphBuilder("case");
  const operands = shapes.map((shape, i) => builder.input(`x${i}`, "f32", shape));
  builder.output("y", builder.op(op, operands, attrs as never));
  const inputs = Object.fromEntries(
    shapes.map((shape, i) => {
      const count = shape.reduce((product, size) => product * size, 1);
      // Fractions of a golden-ratio step: even, without a period that a block could hide.
      const values = Array.from(
        { length: count },
        (_, j) => (((j + 1) * 0.618034 + i * 0.3) % 1) * 2 - 1,
      );
      return [`x${i}`, tensorFrom("f32", shape, values)];
    }),
  );
  return { graph: builder.build(), inputs };
}
