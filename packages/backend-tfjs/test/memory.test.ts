// Steps leave nothing behind on the engine, whether they end well or not.
import { initialTrainState, simplify, tensorFrom, trainStep, type ModelSpec } from "@fastgpu/core";
import { expect, test } from "vitest";
import { tfjs } from "../src/engines/tfjs.ts";
import backend from "../src/index.ts";

const spec: ModelSpec = {
  name: "perceptron",
  layers: [
    { name: "x", kind: "input", config: { shape: [4] }, inputs: [] },
    { name: "h", kind: "dense", config: { units: 3, activation: "tanh" }, inputs: ["x"] },
    { name: "y", kind: "dense", config: { units: 2, activation: "softmax" }, inputs: ["h"] },
  ],
  inputs: ["x"],
  outputs: ["y"],
};

test.each(["wasm", "cpu"])("training on %s keeps the number of tensors", async (id) => {
  const info = await backend.find?.(id);
  if (info === undefined) throw new TypeError(`${id} must be known`);
  const device = await backend.open(info, {});
  const options = { batch: 2, loss: "categoricalCrossentropy", optimizer: "adam" } as const;
  const step = trainStep(spec, options);
  const state = await device.createState(initialTrainState(step, 1));
  const program = await device.compile(simplify(step.graph), state);
  const feeds = {
    x: tensorFrom("f32", [2, 4], [1, 2, 3, 4, -1, 0, 1, 2]),
    y: tensorFrom("f32", [2, 2], [1, 0, 0, 1]),
  };
  await program.run(feeds);
  const before = tfjs.memory();
  for (let i = 0; i < 300; i++) await program.run(feeds, []);
  await expect(program.run({ x: feeds.x })).rejects.toThrow('input "y"');
  const after = tfjs.memory();
  expect(after.numTensors).toBe(before.numTensors);
  expect(after.numBytes).toBe(before.numBytes);
  await device.dispose();
  expect(device.counters().liveTensors).toBe(0);
});
