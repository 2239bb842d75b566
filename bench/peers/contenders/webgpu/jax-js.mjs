// jax-js on its WebGPU backend, which is unsupported in Node and runs once the globals of a browser are there: one step under
// `jit`, Adam written out (its optimizer package is not published), the loss read in every step.
import { report } from "../../lib/contender.mjs";
import { adamRate } from "../../lib/graph-mlp.mjs";
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
const jax = await import("@jax-js/jax");
const { jit, lax, nn, numpy: np, valueAndGrad } = jax;
await jax.init("webgpu");
jax.defaultDevice("webgpu");

const { kind, size, seconds } = workloadArguments();
report({ adapter, ...(kind === "matmul" ? await product(size) : await training(kind)) });

function array(values, dims) {
  return np.array(Float32Array.from(values)).reshape(dims);
}

async function product(n) {
  const values = factors(n);
  const [a, b] = [array(values.a, [n, n]), array(values.b, [n, n])];
  const multiply = jit((left, right) => np.matmul(left, right));
  checkProduct(values, await multiply(a.ref, b.ref).data(), n);
  // An array that is dropped before it was needed is never computed, so all are kept until they have been waited for.
  let begun = [];
  const start = () => {
    begun.push(multiply(a.ref, b.ref));
  };
  const finish = async () => {
    await jax.blockUntilReady(begun);
    for (const array of begun) array.dispose();
    begun = [];
  };
  return { stepNs: await timeProducts(start, finish, seconds) };
}

async function training(name) {
  const { model, values, batches } = trainingWorkload(name, ({ batch, sample }, data, step) => ({
    x: array(batchOf(data.x, step, batch, sizeOf(sample)), [batch, ...sample]),
    y: array(batchOf(data.y, step, batch, 10), [batch, 10]),
  }));
  let parameters = model.parameters.map(({ dims }, index) => array(values[index], dims));
  let means = model.parameters.map(({ dims }) => np.zeros(dims));
  let squares = model.parameters.map(({ dims }) => np.zeros(dims));
  const trainingStep = adamStep(name === "cnn" ? cnn : mlp, model.batch);
  let step = 0;
  const run = async () => {
    const { x, y } = batches[step % batches.length];
    step += 1;
    const rate = np.array(Float32Array.of(adamRate(step))).reshape([]);
    const [value, ...state] = trainingStep(parameters, means, squares, x.ref, y.ref, rate);
    [parameters, means, squares] = state;
    return (await value.data())[0];
  };
  return timeTraining(run, seconds);
}

// Every use of an array but the last takes a reference: functions own their arguments.
function adamStep(forward, batch) {
  const loss = (parameters, x, y) =>
    np.sum(nn.logSoftmax(forward(parameters, x)).mul(y)).mul(-1 / batch);
  return jit((params, m, v, x, y, rate) => {
    const [value, gradients] = valueAndGrad(loss)(
      params.map((parameter) => parameter.ref),
      x,
      y,
    );
    const nextM = m.map((mean, i) =>
      mean.mul(ADAM.beta1).add(gradients[i].ref.mul(1 - ADAM.beta1)),
    );
    const nextV = v.map((square, i) =>
      square.mul(ADAM.beta2).add(gradients[i].ref.mul(gradients[i]).mul(1 - ADAM.beta2)),
    );
    const next = params.map((parameter, i) => {
      const root = np.sqrt(nextV[i].ref).add(ADAM.epsilon);
      return parameter.sub(nextM[i].ref.div(root).mul(rate.ref));
    });
    rate.dispose();
    return [value, next, nextM, nextV];
  });
}

function mlp([w1, b1, w2, b2], x) {
  const hidden = nn.sigmoid(np.matmul(x, w1).add(b1));
  return np.matmul(hidden, w2).add(b2);
}

function cnn([k1, c1, k2, c2, w1, b1, w2, b2], x) {
  const block = (input, filter, bias, channels, pixels) => {
    const seen = lax.conv(input, filter, [1, 1], "SAME").add(bias.reshape([1, channels, 1, 1]));
    const tiles = nn.relu(seen).reshape([64, channels, pixels, 2, pixels, 2]);
    return np.max(tiles, [3, 5]);
  };
  const seen = block(block(x, k1, c1, 32, 14), k2, c2, 64, 7);
  const hidden = nn.relu(np.matmul(seen.reshape([64, 3136]), w1).add(b1));
  return np.matmul(hidden, w2).add(b2);
}
