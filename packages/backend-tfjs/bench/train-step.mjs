// Training steps per second of FastGPU beside plain tf.layers `fit` on the same engine of TensorFlow.js, in one process,
// in turns. Usage: node packages/backend-tfjs/bench/train-step.mjs [--engines wasm,webgpu] [--models mlp,cnn] [--rounds 3]
// [--leak 10000]. With --leak it counts tensors over that many steps of the perceptron instead.
import { parseArgs } from "node:util";
import backend from "../dist/index.js";
import { tfjs as tf } from "../dist/engines/tfjs.js";
import { median, models, ours, rate, size, wave } from "./networks.mjs";

const { values } = parseArgs({
  options: {
    engines: { type: "string", default: "wasm,webgpu" },
    models: { type: "string", default: "mlp,cnn" },
    rounds: { type: "string", default: "3" },
    leak: { type: "string" },
  },
});

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
