// Runs that write state in place and end before the binding copies outputs: results agree with the reference, values that
// were handed out stay as they are, and a run that fails half way is noticed.
import {
  evaluate,
  GraphBuilder,
  tensorFrom,
  toNumbers,
  toReferences,
  type Device,
  type Graph,
} from "@fastgpu/core";
import { InferenceSession } from "onnxruntime-node";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { lowerGraph } from "../src/lower/lower-graph.ts";
import { isCopyStop, probeCopyStop } from "../src/session/copy-stop.ts";
import { sessionOptions } from "../src/session/options.ts";
import { openTestDevice, testDeviceId } from "./device.ts";

let device: Device;
beforeEach(async () => {
  device = await openTestDevice();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await device.dispose();
});

/** The next momentum 0.5 m + x of a slot [rows, 8]. */
function momentum(b: GraphBuilder, rows: number): ReturnType<GraphBuilder["state"]> {
  const half = b.op("mul", [b.state("m", "f32", [rows, 8]), b.scalar(0.5, "f32")], {});
  return b.op("add", [half, b.input("x", "f32", [rows, 8])], {});
}

/** m = 0.5 m + x, w = w - m, and the product of the old w with itself, which reads w late. */
function program(rows: number): Graph {
  const b = new GraphBuilder("momentum");
  const w = b.state("w", "f32", [rows, 8]);
  const m = momentum(b, rows);
  b.output("square", b.op("matmul", [w, w], { transposeA: false, transposeB: true }));
  b.output("m", m);
  b.setNext("m", m);
  b.setNext("w", b.op("sub", [w, m], {}));
  return b.build();
}

const wave = (rows: number, seed: number) =>
  tensorFrom(
    "f32",
    [rows, 8],
    Array.from({ length: rows * 8 }, (_, i) => Math.sin(seed + i * 0.37)),
  );

it("writes in place what nothing reads any more", () => {
  expect([...lowerGraph(program(4)).inPlace]).toEqual([]);
  const b = new GraphBuilder("momentum alone");
  b.setNext("m", momentum(b, 4));
  expect([...lowerGraph(b.build()).inPlace]).toEqual(["m"]);
});

// Outputs below and above the size from which each run gets buffers of its own.
it.each([4, 130])("agrees with the reference over steps, [%i, 8]", async (rows) => {
  const graph = program(rows);
  const initial = { w: wave(rows, 1), m: wave(rows, 2) };
  const state = await device.createState(initial);
  const executable = await device.compile(graph, state);
  let expected = toReferences(initial);
  const kept: (readonly [found: Iterable<number>, copy: number[]])[] = [];
  for (let step = 0; step < 4; step++) {
    const x = wave(rows, step);
    const { square } = await executable.run({ x }, ["square"]);
    const reference = evaluate(graph, toReferences({ x }), expected);
    expected = reference.state;
    const numbers = [...toNumbers(square!)];
    kept.push([square!.data, numbers]);
    numbers.forEach((number, i) => {
      expect(number).toBeCloseTo(reference.outputs["square"]!.data[i]!, 3);
    });
  }
  for (const [found, copy] of kept) expect([...found]).toEqual(copy);
  for (const [name, value] of Object.entries(await state.read())) {
    toNumbers(value).forEach((number, i) => {
      expect(number).toBeCloseTo(expected[name]!.data[i]!, 4);
    });
  }
});

it("says that a slot is torn after a run that failed, until it is written again", async () => {
  const b = new GraphBuilder("momentum alone");
  b.setNext("m", momentum(b, 2));
  const state = await device.createState({ m: wave(2, 1) });
  const created = vi.spyOn(InferenceSession, "create");
  const executable = await device.compile(b.build(), state);
  const x = wave(2, 3);
  await executable.run({ x });
  // The public `run` and the backend's direct runs both end there.
  const session = (await created.mock.results.at(-1)?.value) as unknown as {
    readonly handler: { run(): Promise<unknown> };
  };
  vi.spyOn(session.handler, "run").mockRejectedValueOnce(new Error("no memory left"));
  await expect(executable.run({ x })).rejects.toThrow("no memory left");
  if (testDeviceId !== "cpu") return;
  await expect(executable.run({ x })).rejects.toThrow(/state "m" must be whole/);
  await expect(state.read()).rejects.toThrow(/state "m" must be whole/);
  await state.write({ m: wave(2, 1) });
  await executable.run({ x });
  const { m } = await state.read();
  toNumbers(m!).forEach((number, i) => {
    expect(number).toBeCloseTo(0.5 * wave(2, 1).data[i]! + x.data[i]!, 6);
  });
});

it("finds out how runs stop, and takes no other error for it", async () => {
  const stop = await probeCopyStop(sessionOptions("cpu", { threads: 1 }));
  expect(stop?.message).toMatch(/\w/);
  expect(isCopyStop(new Error(stop?.message), stop)).toBe(true);
  expect(isCopyStop(new Error("bad_alloc"), stop)).toBe(false);
  expect(isCopyStop(new Error(stop?.message), undefined)).toBe(false);
});
