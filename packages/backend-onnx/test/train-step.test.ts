// A training step built by hand runs through the backend's public face and agrees with the reference for some steps.
import {
  differentiate,
  evaluate,
  GraphBuilder,
  tensorFrom,
  toNumbers,
  toReferences,
  type Device,
  type Graph,
  type RefMap,
  type TensorMap,
} from "@fastgpu/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import backend from "../src/index.ts";
import { openTestDevice } from "./device.ts";

const info = {
  backend: "onnx",
  id: "cpu",
  kind: "cpu",
  name: "test",
  dtypes: ["f32"],
  engine: { name: "onnxruntime-node", version: "" },
} as const;

let device: Device;
beforeEach(async () => {
  device = await openTestDevice();
});
afterEach(() => device.dispose());

/** relu(x w) squared and summed, plain gradient descent with momentum. */
function trainStep(): Graph {
  const b = new GraphBuilder("step");
  const x = b.input("x", "f32", [3, 4]);
  const w = b.state("w", "f32", [4, 2]);
  const h = b.op("relu", [b.op("matmul", [x, w], { transposeA: false, transposeB: false })], {});
  const loss = b.op("reduceSum", [b.op("mul", [h, h], {})], { axes: [0, 1], keepDims: false });
  b.output("loss", loss);
  const { builder, at, gradients } = differentiate(b.build(), "loss", ["w"]);
  builder.output("loss", at(loss.id));
  const velocity = builder.op(
    "add",
    [
      builder.op("mul", [builder.state("v", "f32", [4, 2]), builder.scalar(0.9, "f32")], {}),
      gradients[0]!,
    ],
    {},
  );
  const step = builder.op("mul", [velocity, builder.scalar(-0.01, "f32")], {});
  builder.setNext("v", velocity);
  builder.setNext("w", builder.op("add", [at(w.id), step], {}));
  return builder.build();
}

const wave = (size: number, seed: number): number[] =>
  Array.from({ length: size }, (_, i) => Math.sin(seed + i * 1.7));
const initial = (): TensorMap => ({
  w: tensorFrom("f32", [4, 2], wave(8, 1)),
  v: tensorFrom("f32", [4, 2], wave(8, 2)),
});
const batch = (i: number): TensorMap => ({ x: tensorFrom("f32", [3, 4], wave(12, i)) });

it("agrees with the reference over 20 steps, loss and state", async () => {
  const graph = trainStep();
  const state = await device.createState(initial());
  const program = await device.compile(graph, state);
  let expected: RefMap = toReferences(initial());
  for (let i = 0; i < 20; i++) {
    const { loss } = await program.run(batch(i));
    const reference = evaluate(graph, toReferences(batch(i)), expected);
    expected = reference.state;
    expect(toNumbers(loss!)[0]).toBeCloseTo(reference.outputs["loss"]!.data[0]!, 4);
  }
  const { w, v } = await state.read();
  toNumbers(w!).forEach((value, i) => {
    expect(value).toBeCloseTo(expected["w"]!.data[i]!, 4);
  });
  toNumbers(v!).forEach((value, i) => {
    expect(value).toBeCloseTo(expected["v"]!.data[i]!, 4);
  });
});

it("runs overlapping calls in order and lets a second program see the same state", async () => {
  const graph = trainStep();
  const evaluation = new GraphBuilder("eval");
  evaluation.output(
    "twice",
    evaluation.op("add", Array(2).fill(evaluation.state("w", "f32", [4, 2])), {}),
  );
  const state = await device.createState(initial());
  const program = await device.compile(graph, state);
  const reader = await device.compile(evaluation.build(), state);
  const runs = Array.from({ length: 5 }, (_, i) => program.run(batch(i), []));
  const { twice } = await reader.run({});
  await Promise.all(runs);
  const { w } = await state.read(["w"]);
  expect([...toNumbers(twice!)]).toEqual([...toNumbers(w!)].map((value) => value * 2));
  let expected: RefMap = toReferences(initial());
  for (let i = 0; i < 5; i++) expected = evaluate(graph, toReferences(batch(i)), expected).state;
  toNumbers(w!).forEach((value, i) => {
    expect(value).toBeCloseTo(expected["w"]!.data[i]!, 5);
  });
});

it("writes what it reads, keeps returned tensors, and takes shared memory", async () => {
  const state = await device.createState(initial());
  const program = await device.compile(trainStep(), state);
  const { loss } = await program.run(batch(0));
  const kept = [...loss!.data];
  await state.write(initial());
  const shared = new Float32Array(new SharedArrayBuffer(48));
  shared.set(batch(0)["x"]!.data);
  const again = await program.run({ x: { dtype: "f32", shape: [3, 4], data: shared } });
  expect([...again["loss"]!.data]).toEqual(kept);
  await program.run(batch(3));
  expect([...loss!.data]).toEqual(kept);
});

it("holds a flat number of tensors over 1000 steps and frees them all", async () => {
  const state = await device.createState(initial());
  const program = await device.compile(trainStep(), state);
  await program.run(batch(0));
  const before = device.counters();
  for (let i = 0; i < 1000; i++) await program.run(batch(0), i % 2 === 0 ? [] : ["loss"]);
  const after = device.counters();
  expect(after.liveTensors - before.liveTensors).toBeLessThanOrEqual(1);
  expect(after.dispatches - before.dispatches).toBe(1000);
  await program.dispose();
  await state.dispose();
  expect(device.counters()).toMatchObject({ liveTensors: 0, liveBytes: 0 });
});

it("freezes state into constants and reports kernel times", async () => {
  const b = new GraphBuilder("infer");
  const flags = { transposeA: false, transposeB: false };
  b.output("y", b.op("matmul", [b.input("x", "f32", [3, 4]), b.state("w", "f32", [4, 2])], flags));
  const state = await device.createState(initial());
  const live = await device.compile(b.build(), state);
  const frozen = await device.compile(b.build(), state, { freezeState: true });
  const expected = await live.run(batch(1));
  await state.write({ w: tensorFrom("f32", [4, 2], wave(8, 9)) });
  expect((await frozen.run(batch(1)))["y"]!.data).toEqual(expected["y"]!.data);
  expect((await live.run(batch(1)))["y"]!.data).not.toEqual(expected["y"]!.data);
  const timings = await live.timings!();
  expect(timings.some(({ op, durationNs }) => /Gemm|MatMul/.test(op) && durationNs > 0)).toBe(true);
});

it("names the rule for bad inputs, slots and settings", async () => {
  const state = await device.createState(initial());
  const program = await device.compile(trainStep(), state);
  await expect(program.run({})).rejects.toThrow('input "x" must be f32[3,4], got none');
  await expect(program.run(batch(0), ["nothing"])).rejects.toThrow("fetch must name outputs");
  await expect(device.compile(trainStep())).rejects.toThrow("must be compiled with one");
  await expect(backend.open(info, { engine: { speed: 1 } })).rejects.toThrow("engine settings are");
  await expect(backend.open({ ...info, id: "tpu" }, {})).rejects.toThrow("device must be cpu");
  await program.dispose();
  await expect(program.run(batch(0))).rejects.toThrow("must not be disposed");
});
