// Engine settings that steer kernels, on the first adapter: a forced method is the one that runs, of products and
// convolutions alike, and its results are those of a float64 sum. All ops in all methods are in kernel-tiles.test.ts.
import {
  evaluate,
  GraphBuilder,
  tensorFrom,
  toNumbers,
  toReferences,
  type Graph,
  type TensorMap,
} from "@fastgpu/core";
import { describe, expect, it } from "vitest";
import backend from "../src/index.ts";
import { hasAdapter, openTestDevice } from "./device.ts";

const [info] = await backend.devices();
const { kernelMethod: methods = [] } = info?.settings ?? {};

/** How kernels of a method are labelled. */
const labels: Readonly<Record<string, string>> = { tiled: "tile" };

/** Sizes that no block divides; sums of up to 600 products. */
const shapes = {
  a: [67, 600],
  b: [600, 35],
  x: [2, 5, 9, 9],
  w: [6, 5, 3, 3],
} as const;
function program(): { readonly graph: Graph; readonly inputs: TensorMap } {
  const builder = new GraphBuilder("heavy");
  const input = (name: keyof typeof shapes) => builder.input(name, "f32", shapes[name]);
  const product = { transposeA: false, transposeB: false };
  builder.output("product", builder.op("matmul", [input("a"), input("b")], product));
  const one = [1, 1] as const;
  const convolution = { groups: 1, strides: one, dilations: one, padding: [one, one] };
  builder.output("conv", builder.op("conv", [input("x"), input("w")], convolution));
  const inputs = Object.entries(shapes).map(([name, shape], i) => {
    const count = shape.reduce((product: number, size) => product * size, 1);
    const values = Array.from(
      { length: count },
      (_, j) => (((j + 1) * 0.618034 + i * 0.3) % 1) * 2 - 1,
    );
    return [name, tensorFrom("f32", shape, values)] as const;
  });
  return { graph: builder.build(), inputs: Object.fromEntries(inputs) };
}

/** Runs the program under engine settings, compares it with float64, and gives the labels of its kernels. */
async function labelsUnder(
  engine: Readonly<Record<string, string | number>>,
): Promise<readonly string[]> {
  const { graph, inputs } = program();
  const expected = evaluate(graph, toReferences(inputs)).outputs;
  const device = await openTestDevice({ engine });
  try {
    const executable = await device.compile(graph);
    const results = await executable.run(inputs);
    for (const [name, { data }] of Object.entries(expected)) {
      const found = [...toNumbers(results[name]!)];
      const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i]!)), 0);
      expect(found).toHaveLength(data.length);
      expect(worst, `${name} under ${JSON.stringify(engine)}`).toBeLessThan(600 * 2 ** -23);
    }
    return ((await executable.timings?.()) ?? []).map(({ op }) => op);
  } finally {
    await device.dispose();
  }
}

describe.skipIf(!hasAdapter)("engine settings of kernels", () => {
  it.each(methods.filter((method) => method !== "auto"))("kernelMethod %s", async (method) => {
    const [name, found] = [String(method), await labelsUnder({ kernelMethod: method as string })];
    // Units multiply f16 only; these products are of f32.
    if (name === "units") return;
    const label = labels[name] ?? name;
    expect(found.filter((text) => text.startsWith("conv "))).toEqual([
      expect.stringContaining(`conv ${label}`),
    ]);
    expect(found.filter((text) => text.startsWith("matmul "))[0]).toContain(`matmul ${label}`);
  });

  it("kernelRows and kernelSplit", async () => {
    const [, method = "auto"] = methods;
    const found = await labelsUnder({
      kernelMethod: method as string,
      kernelRows: 8,
      kernelSplit: 2,
    });
    expect(found).toContain("matmul sum of 2");
  });

  it("are listed by the device, and refused in one line if they cannot be", async () => {
    expect(methods[0]).toBe("auto");
    expect(methods).toContain("tiled");
    await expect(openTestDevice({ engine: { kernelMethod: "warp" } })).rejects.toThrow(
      /^webgpu: kernelMethod must be one of auto, .* on this adapter, got "warp"$/,
    );
  });
});
