// A plain hand-built ONNX training graph, fed naively: what comes out of one step is fed into the next.
import { InferenceSession, Tensor } from "onnxruntime-node";
import { contenderArguments, report, timeRuns } from "../lib/contender.mjs";
import { CNN_NAMES, plainCnn } from "../lib/graph-cnn.mjs";
import { adamRate, PARAMETERS, plainMlp } from "../lib/graph-mlp.mjs";
import { batchOf, initialParameters, sizeOf, STEPS, trainingData } from "../lib/models.mjs";

const { name, model, threads, seconds } = contenderArguments();
const names = name === "mlp" ? PARAMETERS.map((parameter) => parameter.name) : CNN_NAMES;
const session = await InferenceSession.create(name === "mlp" ? plainMlp() : plainCnn(), {
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  executionMode: "sequential",
});
const initial = Object.values(initialParameters(model));
const data = trainingData(model);
const f32 = (values, dims) => new Tensor("float32", values, dims);

const feeds = {};
for (const [index, { dims }] of model.parameters.entries()) {
  feeds[`${names[index]}_p_in`] = f32(initial[index], dims);
  for (const moment of ["m", "v"]) {
    feeds[`${names[index]}_${moment}_in`] = f32(new Float32Array(sizeOf(dims)), dims);
  }
}

let step = 0;
async function run() {
  const width = sizeOf(model.sample);
  feeds.x = f32(batchOf(data.x, step, model.batch, width), [model.batch, ...model.sample]);
  feeds.y = f32(batchOf(data.y, step, model.batch, 10), [model.batch, 10]);
  step += 1;
  feeds.rate = f32(Float32Array.of(adamRate(step)), []);
  const results = await session.run(feeds);
  for (const parameter of names) {
    for (const part of ["p", "m", "v"]) {
      feeds[`${parameter}_${part}_in`] = results[`${parameter}_${part}`];
    }
  }
  return results.loss.data[0];
}

const losses = [];
for (let i = 0; i < STEPS; i += 1) losses.push(await run());
report({ losses, ...(await timeRuns(run, 1, seconds)) });
