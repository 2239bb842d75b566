// The two networks that are measured, the data they see, and what one step of each costs: the same in every contender.
import { oneHot, pixels, symmetric } from "./random.mjs";

/** Steps in one pass over the data, and the number of steps that one multi-step run makes. */
export const STEPS = 10;

/** Adam as every contender configures it. */
export const ADAM = { rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

const conv = (height, inputs, outputs) => 2 * height * height * 9 * inputs * outputs;

/**
 * Networks by name. `parameters` are in the order of the layers, kernels as [in, out] and [out, in, 3, 3]; `sample` is
 * the shape of one row; `productFlops` counts what matrix products and convolutions of one step do: forward, gradient
 * by the weights, and gradient by the input of every layer but the first.
 */
export const MODELS = {
  mlp: {
    batch: 128,
    sample: [784],
    parameters: [
      { name: "a/kernel", dims: [784, 128], limit: 0.08 },
      { name: "a/bias", dims: [128], limit: 0 },
      { name: "b/kernel", dims: [128, 10], limit: 0.2 },
      { name: "b/bias", dims: [10], limit: 0 },
    ],
    productFlops: 2 * 128 * (2 * 784 * 128 + 3 * 128 * 10),
    layers: [
      layer("x", "input", { shape: [784] }),
      layer("a", "dense", { units: 128, activation: "sigmoid" }, "x"),
      layer("b", "dense", { units: 10, activation: "softmax" }, "a"),
    ],
  },
  cnn: {
    batch: 64,
    sample: [1, 28, 28],
    parameters: [
      { name: "c1/kernel", dims: [32, 1, 3, 3], limit: 0.14 },
      { name: "c1/bias", dims: [32], limit: 0 },
      { name: "c2/kernel", dims: [64, 32, 3, 3], limit: 0.083 },
      { name: "c2/bias", dims: [64], limit: 0 },
      { name: "a/kernel", dims: [3136, 128], limit: 0.043 },
      { name: "a/bias", dims: [128], limit: 0 },
      { name: "b/kernel", dims: [128, 10], limit: 0.2 },
      { name: "b/bias", dims: [10], limit: 0 },
    ],
    productFlops:
      64 * (2 * conv(28, 1, 32) + 3 * conv(14, 32, 64) + 2 * 3 * (3136 * 128 + 128 * 10)),
    layers: [
      layer("x", "input", { shape: [1, 28, 28] }),
      layer(
        "c1",
        "conv2d",
        { filters: 32, kernelSize: 3, padding: "same", activation: "relu" },
        "x",
      ),
      layer("p1", "maxPool2d", { poolSize: 2 }, "c1"),
      layer(
        "c2",
        "conv2d",
        { filters: 64, kernelSize: 3, padding: "same", activation: "relu" },
        "p1",
      ),
      layer("p2", "maxPool2d", { poolSize: 2 }, "c2"),
      layer("f", "flatten", {}, "p2"),
      layer("a", "dense", { units: 128, activation: "relu" }, "f"),
      layer("b", "dense", { units: 10, activation: "softmax" }, "a"),
    ],
  },
};

function layer(name, kind, config, input) {
  return { name, kind, config, inputs: input === undefined ? [] : [input] };
}

/** Number of elements of a shape. */
export function sizeOf(dims) {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Initial parameters of a network by name: even in [-limit, limit). */
export function initialParameters(model) {
  return Object.fromEntries(
    model.parameters.map(({ name, dims, limit }, index) => [
      name,
      symmetric(index + 1, sizeOf(dims), limit),
    ]),
  );
}

/** `STEPS` batches in one piece: x [STEPS batch, ...sample], y [STEPS batch, 10] one-hot. */
export function trainingData(model) {
  const rows = STEPS * model.batch;
  return { rows, x: pixels(100, rows * sizeOf(model.sample)), y: oneHot(200, rows, 10) };
}

/** The rows of batch `step`, counted from 0, of a flat array with `width` numbers a row. */
export function batchOf(values, step, batch, width) {
  const start = (step % STEPS) * batch * width;
  return values.subarray(start, start + batch * width);
}
