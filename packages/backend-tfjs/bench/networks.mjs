// The networks of the scripts in this folder, a training step of each, and how its rate is taken.
import { initialTrainState, simplify, tensor, tensorFrom, trainStep } from "@fastgpu/core";

const layer = (name, kind, config, inputs) => ({ name, kind, config, inputs });
const chain = (list) => ({
  layers: list.map(([kind, config], i) =>
    layer(`l${i}`, kind, config, i === 0 ? [] : [`l${i - 1}`]),
  ),
  inputs: ["l0"],
  outputs: [`l${list.length - 1}`],
});

const conv = (filters) => [
  "conv2d",
  { filters, kernelSize: 3, padding: "same", activation: "relu" },
];
/** A perceptron and a small network with convolutions, for FastGPU and for tf.layers. */
export const models = {
  mlp: {
    batch: 128,
    row: [784],
    spec: chain([
      ["input", { shape: [784] }],
      ["dense", { units: 128, activation: "sigmoid" }],
      ["dense", { units: 10, activation: "softmax" }],
    ]),
    layers: (l) => [
      l.dense({ units: 128, activation: "sigmoid", inputShape: [784] }),
      l.dense({ units: 10, activation: "softmax" }),
    ],
  },
  cnn: {
    batch: 64,
    row: [1, 28, 28],
    spec: chain([
      ["input", { shape: [1, 28, 28] }],
      conv(32),
      ["maxPool2d", { poolSize: 2 }],
      conv(64),
      ["maxPool2d", { poolSize: 2 }],
      ["flatten", {}],
      ["dense", { units: 128, activation: "relu" }],
      ["dense", { units: 10, activation: "softmax" }],
    ]),
    layers: (l) => {
      const same = { kernelSize: 3, padding: "same", activation: "relu" };
      return [
        l.conv2d({ filters: 32, inputShape: [28, 28, 1], ...same }),
        l.maxPooling2d({ poolSize: 2, strides: 2 }),
        l.conv2d({ filters: 64, ...same }),
        l.maxPooling2d({ poolSize: 2, strides: 2 }),
        l.flatten({}),
        l.dense({ units: 128, activation: "relu" }),
        l.dense({ units: 10, activation: "softmax" }),
      ];
    },
  },
};

/** Numbers of a wave, as values of inputs. */
export const wave = (count) =>
  Float32Array.from({ length: count }, (_, i) => Math.abs(Math.sin(i * 0.7)));
/** Elements of a shape. */
export const size = (shape) => shape.reduce((product, n) => product * n, 1);

/** A step on one batch, and what it takes to end it. */
export async function ours(device, { spec, batch, row }) {
  const loss = "categoricalCrossentropy";
  const step = trainStep(spec, { batch, loss, optimizer: "adam", packBelowElements: 16_384 });
  const state = await device.createState(initialTrainState(step, 1));
  const program = await device.compile(simplify(step.graph), state);
  const labels = Array.from({ length: batch * 10 }, (_, i) =>
    i % 10 === Math.floor(i / 10) % 10 ? 1 : 0,
  );
  const feeds = {
    x: tensor("f32", [batch, ...row], wave(batch * size(row))),
    y: tensorFrom("f32", [batch, 10], labels),
  };
  return async (steps) => {
    let last;
    for (let i = 0; i < steps; i++) last = await program.run(feeds, ["loss"]);
    return last.loss.data[0];
  };
}

/** Steps per second over at least half a second. */
export async function rate(run, steps) {
  const startedAt = performance.now();
  let done = 0;
  let loss = 0;
  while (performance.now() - startedAt < 500) {
    loss = await run(steps);
    done += steps;
  }
  return { perSecond: (1000 * done) / (performance.now() - startedAt), loss, done };
}

/** The middle of a list of numbers. */
export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
