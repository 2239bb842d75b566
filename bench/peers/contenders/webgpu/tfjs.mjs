// TensorFlow.js on its WebGPU backend, which is unsupported in Node and runs once the globals of a browser are there. Training
// is `minimize` of the core, which is faster than `fit` of the layers. Its convolutions take channels last.
import { createRequire } from "node:module";
import { report } from "../../lib/contender.mjs";
import { ADAM, batchOf, sizeOf } from "../../lib/models.mjs";
import { installWebgpu } from "../../lib/webgpu-globals.mjs";
import {
  checkProduct,
  factors,
  timeProducts,
  timeTraining,
  trainingWorkload,
  workloadArguments,
} from "../../lib/workload.mjs";

const adapter = await installWebgpu();
const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs-core");
// The core leaves it to the layers to register the gradients.
require("@tensorflow/tfjs-layers");
require("@tensorflow/tfjs-backend-webgpu");
await tf.setBackend("webgpu");
await tf.ready();
// Small tensors would silently be computed on the CPU.
tf.env().set("WEBGPU_CPU_FORWARD", false);

const { kind, size, seconds } = workloadArguments();
report({ adapter, ...(kind === "matmul" ? await product(size) : await training(kind)) });

async function finish() {
  const backend = tf.backend();
  if (backend.commandEncoder) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
  await backend.device.queue.onSubmittedWorkDone();
}

async function product(n) {
  const values = factors(n);
  const [a, b] = [tf.tensor2d(values.a, [n, n]), tf.tensor2d(values.b, [n, n])];
  const c = tf.matMul(a, b);
  checkProduct(values, await c.data(), n);
  const start = () => {
    tf.matMul(a, b).dispose();
  };
  return { stepNs: await timeProducts(start, finish, seconds) };
}

async function training(name) {
  const { model, values, batches } = trainingWorkload(name, ({ batch, sample }, data, step) => ({
    // One channel: [1, 28, 28] and [28, 28, 1] hold the same values in the same order.
    x: tf.tensor(batchOf(data.x, step, batch, sizeOf(sample)), [
      batch,
      ...(name === "cnn" ? [28, 28, 1] : sample),
    ]),
    y: tf.tensor(batchOf(data.y, step, batch, 10), [batch, 10]),
  }));
  const variables = model.parameters.map(({ dims }, index) => {
    const tensor = tf.tensor(values[index], dims);
    return tf.variable(name === "cnn" ? channelsLast(tensor, dims) : tensor);
  });
  const optimizer = tf.train.adam(ADAM.rate, ADAM.beta1, ADAM.beta2, ADAM.epsilon);
  const forward = name === "cnn" ? cnn : mlp;
  let step = 0;
  const run = async () => {
    const { x, y } = batches[step % batches.length];
    step += 1;
    const cost = () => tf.losses.softmaxCrossEntropy(y, forward(variables, x));
    const loss = tf.tidy(() => optimizer.minimize(cost, true, variables));
    const [value] = await loss.data();
    loss.dispose();
    return value;
  };
  return timeTraining(run, seconds);
}

/** Filters [out, in, h, w] -> [h, w, in, out]; rows of the first dense kernel from channels first to channels last. */
function channelsLast(tensor, dims) {
  if (dims.length === 4) return tf.transpose(tensor, [2, 3, 1, 0]);
  if (dims[0] !== 3136) return tensor;
  const places = tf.transpose(tf.reshape(tensor, [64, 7, 7, dims[1]]), [1, 2, 0, 3]);
  return tf.reshape(places, dims);
}

function mlp([w1, b1, w2, b2], x) {
  const hidden = tf.sigmoid(tf.add(tf.matMul(x, w1), b1));
  return tf.add(tf.matMul(hidden, w2), b2);
}

function cnn([k1, c1, k2, c2, w1, b1, w2, b2], x) {
  const block = (input, filter, bias) =>
    tf.maxPool(tf.relu(tf.add(tf.conv2d(input, filter, 1, "same"), bias)), 2, 2, "valid");
  const seen = block(block(x, k1, c1), k2, c2);
  const flat = tf.reshape(seen, [x.shape[0], 3136]);
  return tf.add(tf.matMul(tf.relu(tf.add(tf.matMul(flat, w1), b1)), w2), b2);
}
