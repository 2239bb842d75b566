// Do two backends train alike? The same training step from the same start on the same batches of digits, on ONNX Runtime and
// on WebGPU, loss by loss for 100 steps, for the digits perceptron and a small CNN; then the accuracy on held-out digits.
// Prints the largest difference of a step and exits 1 if one is beyond the bound.
//
//     node bench/loss-curves.mjs [steps] [mlp|cnn]
import onnx from "@fastgpu/backend-onnx";
import webgpu from "@fastgpu/backend-webgpu";
import {
  evalStep,
  finishMetrics,
  initialTrainState,
  simplify,
  tensor,
  toNumbers,
  trainStep,
} from "@fastgpu/core";
import { loadMnist, permutation } from "@fastgpu/data";

const steps = Number(process.argv[2] ?? 100);
const only = process.argv[3];
/** Differences of f32 rounding grow with the steps; a wrong gradient shows as 1 and more. */
const relativeBound = 2e-3;
const accuracyBound = 0.02;

const layer = (name, kind, config, inputs) => ({ name, kind, config, inputs });
const conv = (name, filters, before) =>
  layer(name, "conv2d", { filters, kernelSize: 3, padding: "same", activation: "relu" }, [before]);
const chain = (name, shape, layers) => ({
  name,
  layers: [layer("input", "input", { shape, dtype: "f32" }, []), ...layers],
  inputs: ["input"],
  outputs: [layers.at(-1).name],
});

const models = {
  mlp: {
    batch: 128,
    shape: [784],
    spec: chain(
      "mlp",
      [784],
      [
        layer("hidden", "dense", { units: 128, activation: "sigmoid" }, ["input"]),
        layer("output", "dense", { units: 10, activation: "softmax" }, ["hidden"]),
      ],
    ),
  },
  cnn: {
    batch: 32,
    shape: [1, 28, 28],
    spec: chain(
      "cnn",
      [1, 28, 28],
      [
        conv("conv1", 8, "input"),
        layer("pool1", "maxPool2d", {}, ["conv1"]),
        conv("conv2", 16, "pool1"),
        layer("pool2", "maxPool2d", {}, ["conv2"]),
        layer("flat", "flatten", {}, ["pool2"]),
        layer("output", "dense", { units: 10, activation: "softmax" }, ["flat"]),
      ],
    ),
  },
};

const { train, validation } = await loadMnist({ labels: "oneHot" });

/** Rows of a data set as the inputs of a program. */
function rows({ x, y }, indices, shape) {
  const take = ({ data }, width) => {
    const taken = new Float32Array(indices.length * width);
    indices.forEach((row, i) =>
      taken.set(data.subarray(row * width, (row + 1) * width), i * width),
    );
    return taken;
  };
  return {
    x: tensor("f32", [indices.length, ...shape], take(x, 784)),
    y: tensor("f32", [indices.length, 10], take(y, 10)),
  };
}

async function trainOn(backend, { spec, batch, shape }) {
  const options = {
    batch,
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
    optimizer: { name: "adam", learningRate: 0.003 },
  };
  const step = trainStep(spec, options);
  const [info] = await backend.devices();
  const device = await backend.open(info, {});
  const state = await device.createState(initialTrainState(step, 1));
  const program = await device.compile(simplify(step.graph), state);
  const data = train.toTensors();
  const order = permutation(train.size, 7);
  const losses = [];
  for (let i = 0; i < steps; i++) {
    const indices = Array.from({ length: batch }, (_, k) => order[(i * batch + k) % order.length]);
    const { loss } = await program.run(rows(data, indices, shape), ["loss"]);
    losses.push(toNumbers(loss)[0]);
  }
  const judged = validation.toTensors();
  const size = 500;
  const judge = evalStep(spec, { ...options, batch: size });
  const evaluation = await device.compile(simplify(judge.graph), state);
  const first = Array.from({ length: size }, (_, i) => i);
  const results = await evaluation.run(rows(judged, first, shape));
  const { accuracy } = finishMetrics(judge.report, toNumbers(results.metrics));
  await device.dispose();
  return { losses, accuracy, device: info.name };
}

let isAlike = true;
for (const [name, model] of Object.entries(models)) {
  if (only !== undefined && only !== name) continue;
  const [a, b] = [await trainOn(onnx, model), await trainOn(webgpu, model)];
  const differences = a.losses.map((loss, i) => Math.abs(loss - b.losses[i]) / Math.abs(loss));
  const largest = Math.max(...differences);
  const gap = Math.abs(a.accuracy - b.accuracy);
  isAlike &&= largest <= relativeBound && gap <= accuracyBound;
  console.log(
    `${name}: ${steps} steps, loss ${a.losses[0].toFixed(4)} -> ${a.losses.at(-1).toFixed(4)} (onnx), ` +
      `${b.losses.at(-1).toFixed(4)} (webgpu, ${b.device}); largest relative difference ${largest.toExponential(1)}; ` +
      `accuracy ${a.accuracy.toFixed(3)} and ${b.accuracy.toFixed(3)}`,
  );
}
process.exit(isAlike ? 0 : 1);
