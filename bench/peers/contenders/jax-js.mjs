// jax-js on its wasm backend, which has one thread in Node: one step under `jit`, Adam written out (its optimizer package
// is not published), the loss read in every step. Only the fully connected network: a convolutional step takes seconds.
import { init, jit, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { contenderArguments, report, timeRuns } from "../lib/contender.mjs";
import { adamRate } from "../lib/graph-mlp.mjs";
import { ADAM, batchOf, initialParameters, STEPS, trainingData } from "../lib/models.mjs";

const { model, seconds } = contenderArguments();
await init("wasm");
const initial = initialParameters(model);
const matrix = (values, dims) => np.array(Float32Array.from(values)).reshape(dims);
let parameters = model.parameters.map(({ name, dims }) => matrix(initial[name], dims));
let means = model.parameters.map(({ dims }) => np.zeros(dims));
let squares = model.parameters.map(({ dims }) => np.zeros(dims));
const data = trainingData(model);
const batches = Array.from({ length: STEPS }, (_, step) => ({
  x: matrix(batchOf(data.x, step, model.batch, 784), [model.batch, 784]),
  y: matrix(batchOf(data.y, step, model.batch, 10), [model.batch, 10]),
}));

// Every use of an array but the last takes a reference: functions own their arguments.
function loss([w1, b1, w2, b2], x, y) {
  const hidden = nn.sigmoid(np.matmul(x, w1).add(b1));
  const logits = np.matmul(hidden, w2).add(b2);
  return np.sum(nn.logSoftmax(logits).mul(y)).mul(-1 / model.batch);
}

const trainingStep = jit((params, m, v, x, y, rate) => {
  const [value, gradients] = valueAndGrad(loss)(
    params.map((parameter) => parameter.ref),
    x,
    y,
  );
  const nextM = m.map((mean, i) => mean.mul(ADAM.beta1).add(gradients[i].ref.mul(1 - ADAM.beta1)));
  const nextV = v.map((square, i) =>
    square.mul(ADAM.beta2).add(gradients[i].ref.mul(gradients[i]).mul(1 - ADAM.beta2)),
  );
  const next = params.map((parameter, i) => {
    const step = nextM[i].ref.div(np.sqrt(nextV[i].ref).add(ADAM.epsilon));
    return parameter.sub(step.mul(rate.ref));
  });
  rate.dispose();
  return [value, next, nextM, nextV];
});

let step = 0;
async function run() {
  const { x, y } = batches[step % STEPS];
  step += 1;
  const rate = np.array(Float32Array.of(adamRate(step))).reshape([]);
  const [value, ...state] = trainingStep(parameters, means, squares, x.ref, y.ref, rate);
  [parameters, means, squares] = state;
  return (await value.data())[0];
}

const losses = [];
for (let i = 0; i < STEPS; i += 1) losses.push(await run());
report({ losses, ...(await timeRuns(run, 1, seconds)) });
