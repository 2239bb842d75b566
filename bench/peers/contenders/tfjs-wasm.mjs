// TensorFlow.js on its wasm backend: `fit` of the layers API. The wasm backend has one thread in Node, and no gradient
// of a convolution by its filter, so only the fully connected network runs.
import { createRequire } from "node:module";
import { contenderArguments, report, timeRuns } from "../lib/contender.mjs";
import { ADAM, initialParameters, STEPS, trainingData } from "../lib/models.mjs";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs-core");
const layers = require("@tensorflow/tfjs-layers");
require("@tensorflow/tfjs-backend-wasm");

const { model, seconds } = contenderArguments();
await tf.setBackend("wasm");
await tf.ready();
const network = layers.sequential();
network.add(layers.layers.dense({ units: 128, activation: "sigmoid", inputShape: [784] }));
network.add(layers.layers.dense({ units: 10, activation: "softmax" }));
const initial = initialParameters(model);
network.setWeights(model.parameters.map(({ name, dims }) => tf.tensor(initial[name], dims)));
network.compile({
  optimizer: tf.train.adam(ADAM.rate, ADAM.beta1, ADAM.beta2, ADAM.epsilon),
  loss: "categoricalCrossentropy",
});
const data = trainingData(model);
const x = tf.tensor2d(data.x, [data.rows, 784]);
const y = tf.tensor2d(data.y, [data.rows, 10]);
const fit = (epochs) =>
  network.fit(x, y, { batchSize: model.batch, epochs, shuffle: false, verbose: 0 });

const first = await fit(1);
report({ losses: first.history.loss, ...(await timeRuns(() => fit(2), 2 * STEPS, seconds)) });
