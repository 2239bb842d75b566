// What a device promises beyond right numbers: no growth over steps, no compilation after the first, typed errors, and the
// dispatches that a training step takes.
import {
  GraphBuilder,
  initialTrainState,
  simplify,
  tensorFrom,
  toNumbers,
  trainStep,
  type Device,
  type Graph,
  type TensorMap,
} from "@fastgpu/core";
import { add, matmul } from "@fastgpu/core/functional";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasAdapter, openTestDevice } from "./device.ts";

const batch = 16;

/** A perceptron of two layers with Adam: the program whose dispatches are bounded. */
function perceptron(): { graph: Graph; state: TensorMap; data: TensorMap } {
  const layer = (name: string, kind: string, config: object, inputs: string[]) => ({
    name,
    kind,
    config: { ...config },
    inputs,
  });
  const spec = {
    name: "mlp",
    layers: [
      layer("input", "input", { shape: [20], dtype: "f32" }, []),
      layer("hidden", "dense", { units: 12, activation: "sigmoid" }, ["input"]),
      layer("output", "dense", { units: 4, activation: "softmax" }, ["hidden"]),
    ],
    inputs: ["input"],
    outputs: ["output"],
  };
  const step = trainStep(spec, {
    batch,
    loss: "categoricalCrossentropy",
    optimizer: { name: "adam", learningRate: 0.05 },
    metrics: ["accuracy"],
  });
  const numbers = (length: number): number[] =>
    Array.from({ length }, (_, i) => ((i * 7) % 11) / 11);
  const labels = Array.from({ length: batch * 4 }, (_, i) => (i % 4 === (i >> 2) % 4 ? 1 : 0));
  return {
    graph: simplify(step.graph),
    state: initialTrainState(step, 3),
    data: {
      x: tensorFrom("f32", [batch, 20], numbers(batch * 20)),
      y: tensorFrom("f32", [batch, 4], labels),
    },
  };
}

function doubling(elements: number): Graph {
  const builder = new GraphBuilder("double");
  const x = builder.input("x", "f32", [elements]);
  builder.output("y", add(x, x));
  return builder.build();
}

describe.skipIf(!hasAdapter)("a WebGPU device", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openTestDevice();
  });
  afterAll(() => device.dispose());

  it("trains in at most 12 dispatches a step, holding nothing more and compiling nothing later", async () => {
    const { graph, state: initial, data } = perceptron();
    const state = await device.createState(initial);
    const program = await device.compile(graph, state);
    const first = await program.run(data, ["loss"]);
    const before = device.counters();
    const steps = 200;
    for (let step = 1; step < steps; step++) await program.run(data, []);
    const last = await program.run(data, ["loss"]);
    const after = device.counters();
    const { dispatches, ...held } = after;
    expect((dispatches - before.dispatches) / steps).toBeLessThanOrEqual(12);
    expect(held.liveBytes).toBe(before.liveBytes);
    expect(held.liveTensors).toBe(before.liveTensors);
    expect(held.pipelinesCompiled).toBe(before.pipelinesCompiled);
    expect(toNumbers(last["loss"]!)[0]).toBeLessThan(toNumbers(first["loss"]!)[0]! / 2);
    await program.dispose();
    await state.dispose();
    expect(device.counters().liveBytes).toBe(0);
  });

  it("times every kernel and leaves the state as it was", async () => {
    const { graph, state: initial, data } = perceptron();
    const state = await device.createState(initial);
    const program = await device.compile(graph, state);
    await program.run(data, []);
    const before = await state.read();
    const timings = await program.timings!();
    expect(timings.length).toBeGreaterThan(3);
    for (const { name, durationNs, quantumNs } of timings) {
      expect(name).toMatch(/\//);
      // Dawn's own rounding, to 65,536 ns, is off.
      expect(quantumNs).toBeLessThan(1000);
      expect(durationNs).toBeGreaterThanOrEqual(0);
    }
    expect(await state.read()).toEqual(before);
    await program.dispose();
    await state.dispose();
  });

  it("gives NaN in data back as NaN", async () => {
    const program = await device.compile(doubling(3));
    const { y } = await program.run({ x: tensorFrom("f32", [3], [NaN, 1, Infinity]) });
    expect([...toNumbers(y!)]).toEqual([NaN, 2, Infinity]);
    await program.dispose();
  });

  it("uploads large inputs through memory that it keeps, two of one size in one run too", async () => {
    const elements = 1_100_000;
    const builder = new GraphBuilder("large");
    const [a, b] = ["a", "b"].map((name) => builder.input(name, "f32", [elements]));
    builder.output("y", add(a!, b!));
    const program = await device.compile(builder.build());
    const tensorOf = (value: number) =>
      tensorFrom("f32", [elements], new Float32Array(elements).fill(value));
    const held: number[] = [];
    for (let run = 1; run <= 5; run++) {
      const running = program.run({ a: tensorOf(run), b: tensorOf(100) });
      const pipelined = program.run({ a: tensorOf(-run), b: tensorOf(0) });
      for (const [pending, expected] of [
        [running, 100 + run],
        [pipelined, -run],
      ] as const) {
        const { y } = await pending;
        expect([y!.data[0], y!.data[elements - 1]]).toEqual([expected, expected]);
      }
      held.push(device.counters().liveBytes);
    }
    expect(new Set(held.slice(1)).size).toBe(1);
    await program.dispose();
    expect(device.counters().liveBytes).toBe(0);
  });

  it("refuses a tensor over the limits, naming the sizes", async () => {
    const limit = device.info.limits!["maxBindingBytes"]!;
    const elements = limit / 4 + 1024;
    const builder = new GraphBuilder("large");
    const x = builder.input("x", "f32", [1, 4]);
    const wide = matmul(x, builder.input("w", "f32", [4, elements]));
    builder.output("y", wide);
    await expect(device.compile(builder.build())).rejects.toThrow(
      new RegExp(`^webgpu: a tensor must fit .*${limit} bytes, got \\d+ for \\d+ elements of f32$`),
    );
  });

  it("refuses memory beyond memoryLimitBytes", async () => {
    const small = await openTestDevice({ memoryLimitBytes: 4096 });
    await expect(small.compile(doubling(10_000))).rejects.toMatchObject({ code: "OUT_OF_MEMORY" });
    expect(small.counters().liveBytes).toBe(0);
    const program = await small.compile(doubling(10));
    await program.dispose();
    await small.dispose();
  });

  it("refuses engine settings that there are not", async () => {
    await expect(openTestDevice({ engine: { warp: true } })).rejects.toMatchObject({
      code: "USAGE",
    });
    await expect(openTestDevice({ threads: 2 })).rejects.toThrow(/^webgpu: threads must/);
  });

  it("reports a lost device to running and later calls", async () => {
    const doomed = await openTestDevice();
    const program = await doomed.compile(doubling(1000));
    const x = tensorFrom("f32", [1000], new Array<number>(1000).fill(1));
    await program.run({ x });
    const running = program.run({ x });
    (doomed as unknown as { context: { gpu: { destroy: () => void } } }).context.gpu.destroy();
    await running.catch((error: unknown) => {
      expect(error).toMatchObject({ code: "DEVICE_LOST" });
    });
    await expect(program.run({ x })).rejects.toMatchObject({ code: "DEVICE_LOST" });
    await expect(doomed.compile(doubling(2))).rejects.toMatchObject({ code: "DEVICE_LOST" });
    await doomed.dispose();
  });
});
