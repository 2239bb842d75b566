// Arithmetic in f16 itself, which GPUs use for what rounds no other way there: the results of f16 are those of one correct
// rounding an op, bit for bit. Software adapters compute in f32, so the first adapter is told to be a GPU.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GraphBuilder, tensorFrom, toNumbers, type Device, type Graph } from "@fastgpu/core";
import { abs, add, less, maximum, minimum, mul, neg, select, sub } from "@fastgpu/core/functional";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import backend from "../src/index.ts";
import { openAdapter } from "../src/adapter/open-adapter.ts";
import { KernelChoices } from "../src/device/kernel-choices.ts";
import { WebGpuDevice } from "../src/device/webgpu-device.ts";
import { compileGraph } from "../src/lower/compile.ts";
import { gpuTraits, hasAdapter } from "./device.ts";

const count = 4000;

/** No product goes into a sum, which a driver might round once only. */
function elementwise(): Graph {
  const builder = new GraphBuilder("half");
  const [x, w] = [builder.input("x", "f16", [count]), builder.input("w", "f16", [count])];
  builder.output("sums", maximum(add(x, w), neg(x)));
  builder.output("chosen", select(less(sub(x, w), abs(w)), mul(x, x), minimum(w, x)));
  return builder.build();
}

describe.skipIf(!hasAdapter)("f16 on the first adapter", () => {
  let folder = "";
  let device: Device;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fastgpu-half-"));
    const [info] = await backend.devices();
    const { gpu, traits } = await openAdapter(info!.name, {});
    const choices = await KernelChoices.open(info!, folder);
    device = new WebGpuDevice(info!, gpu, { ...traits, isSoftware: false }, undefined, choices);
  });
  afterAll(async () => {
    await device.dispose();
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
      [x, w].forEach(({ data }, at) => { data.set(tensorFrom("f16", [1], [[a, b][at]!]).data, i); });
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
