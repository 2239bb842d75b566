// Training steps per second of FastGPU beside plain tf.layers `fit` on the same engine of TensorFlow.js, in one process,
// in turns. Usage: node packages/backend-tfjs/bench/train-step.mjs [--engines wasm,webgpu] [--models mlp,cnn] [--rounds 3]
// [--leak 10000]. With --leak it counts tensors over that many steps of the perceptron instead.
import { parseArgs } from "node:util";
import { initialTrainState, simplify, tensor, tensorFrom, trainStep } from "@fastgpu/core";
import backend from "../dist/index.js";
import { tfjs as tf } from "../dist/engines/tfjs.js";

const { values } = parseArgs({
  options: {
    engines: { type: "string", default: "wasm,webgpu" },
    models: { type: "string", default: "mlp,cnn" },
    rounds: { type: "string", default: "3" },
    leak: { type: "string" },
  },
});

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
const models = {
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

const wave = (count) => Float32Array.from({ length: count }, (_, i) => Math.abs(Math.sin(i * 0.7)));
const size = (shape) => shape.reduce((product, n) => product * n, 1);

/** A step on one batch, and what it takes to end it. */
async function ours(device, { spec, batch, row }) {
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

/** tf.layers `fit` over as many batches, as its documentation has it. */
async function plain({ layers, batch, row }) {
  const { layers: l, sequential } = await import("@tensorflow/tfjs-layers");
  const model = sequential({ layers: layers(l) });
  model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
  const shape = row.length === 3 ? [row[1], row[2], row[0]] : row;
  return async (steps) => {
    const x = tf.tensor(wave(steps * batch * size(row)), [steps * batch, ...shape]);
    const labels = Float32Array.from({ length: steps * batch * 10 }, (_, k) =>
      k % 10 === Math.floor(k / 10) % 10 ? 1 : 0,
    );
    const y = tf.tensor(labels, [steps * batch, 10]);
    const history = await model.fit(x, y, {
      batchSize: batch,
      epochs: 1,
      verbose: 0,
      shuffle: false,
    });
    tf.dispose([x, y]);
    return history.history.loss[0];
  };
}

/** Steps per second over at least half a second. */
async function rate(run, steps) {
  const startedAt = performance.now();
  let done = 0;
  let loss = 0;
  while (performance.now() - startedAt < 500) {
    loss = await run(steps);
    done += steps;
  }
  return { perSecond: (1000 * done) / (performance.now() - startedAt), loss };
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

for (const engine of values.engines.split(",")) {
  const device = await backend.open(await backend.find(engine), {});
  for (const name of values.models.split(",")) {
    const model = models[name];
    const mine = await ours(device, model);
    if (values.leak !== undefined) {
      await mine(20);
      const before = tf.memory();
      await mine(Number(values.leak));
      const after = tf.memory();
      console.log(
        `${engine} ${name}: ${values.leak} steps, tensors ${before.numTensors} -> ${after.numTensors}, bytes ${before.numBytes} -> ${after.numBytes}`,
      );
      continue;
    }
    let theirs = await plain(model).catch(() => undefined);
    const few = name === "cnn" ? (engine === "webgpu" ? 1 : 4) : 20;
    await mine(few);
    const reason = await theirs(few).then(
      () => undefined,
      (error) => error.message.split("\n")[0],
    );
    if (reason !== undefined) theirs = undefined;
    const rates = { mine: [], theirs: [] };
    let loss;
    for (let round = 0; round < Number(values.rounds); round++) {
      const result = await rate(mine, few);
      rates.mine.push(result.perSecond);
      loss = result.loss;
      if (theirs !== undefined) rates.theirs.push((await rate(theirs, few)).perSecond);
    }
    const [own, other] = [
      median(rates.mine),
      theirs === undefined ? undefined : median(rates.theirs),
    ];
    const beside =
      other === undefined
        ? `tf.layers fit fails: ${reason}`
        : `tf.layers fit ${other.toFixed(2)}, ratio ${(own / other).toFixed(2)}`;
    console.log(
      `${engine} ${name}: FastGPU ${own.toFixed(2)} steps/s, ${beside} (loss ${loss.toFixed(4)})`,
    );
  }
  await device.dispose();
}
process.exit(0);
