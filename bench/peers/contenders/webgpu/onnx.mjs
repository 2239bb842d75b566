// ONNX Runtime on its WebGPU provider: a product, or the plain training graph written by hand, whose state stays in GPU
// buffers that are fed back. The provider chooses its adapter itself. Reading a GPU tensor directly aborts the process, so
// what is read comes out of a session whose output lies on the CPU.
import { InferenceSession, Tensor } from "onnxruntime-node";
import { report } from "../../lib/contender.mjs";
import { CNN_NAMES, plainCnn } from "../../lib/graph-cnn.mjs";
import { adamRate, PARAMETERS, plainMlp } from "../../lib/graph-mlp.mjs";
import { batchOf, sizeOf } from "../../lib/models.mjs";
import { GraphWriter } from "../../lib/onnx.mjs";
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
const onGpu = { executionProviders: ["webgpu"], preferredOutputLocation: "gpu-buffer" };
const { kind, size, seconds } = workloadArguments();
report({ adapter, ...(kind === "matmul" ? await product(size) : await training(kind)) });

function f32(values, dims) {
  return new Tensor("float32", values, dims);
}

/** A session of one node with one output of `dims`. */
function oneNode(type, inputs, dims, options) {
  const graph = new GraphWriter();
  for (const name of inputs) graph.input(name, dims);
  graph.op(type, inputs, {}, { name: "out" });
  graph.declareOutput("out", dims);
  return InferenceSession.create(graph.bytes(), options);
}

async function product(n) {
  const dims = [n, n];
  const values = factors(n);
  const multiply = await oneNode("MatMul", ["a", "b"], dims, onGpu);
  const upload = await oneNode("Neg", ["a"], dims, onGpu);
  const download = await oneNode("Neg", ["a"], dims, { executionProviders: ["webgpu"] });
  const negated = (list) =>
    upload.run({
      a: f32(
        list.map((value) => -value),
        dims,
      ),
    });
  const feeds = { a: (await negated(values.a)).out, b: (await negated(values.b)).out };
  const checked = await download.run({ a: (await multiply.run(feeds)).out });
  checkProduct(
    values,
    checked.out.data.map((value) => -value),
    n,
  );

  // Waiting is reading something small that was enqueued last.
  const wait = await oneNode("Neg", ["a"], [4], { executionProviders: ["webgpu"] });
  const few = f32(new Float32Array(4), [4]);
  const start = async () => {
    const { out } = await multiply.run(feeds);
    out.dispose();
  };
  const finish = () => wait.run({ a: few });
  return { stepNs: await timeProducts(start, finish, seconds) };
}

async function training(name) {
  const names = name === "mlp" ? PARAMETERS.map((parameter) => parameter.name) : CNN_NAMES;
  const { model, values, batches } = trainingWorkload(name, ({ batch, sample }, data, step) => ({
    x: f32(batchOf(data.x, step, batch, sizeOf(sample)), [batch, ...sample]),
    y: f32(batchOf(data.y, step, batch, 10), [batch, 10]),
  }));
  const state = names.flatMap((parameter) => ["p", "m", "v"].map((part) => `${parameter}_${part}`));
  const from = process.hrtime.bigint();
  const session = await InferenceSession.create(name === "mlp" ? plainMlp() : plainCnn(), {
    executionProviders: ["webgpu"],
    preferredOutputLocation: {
      loss: "cpu",
      ...Object.fromEntries(state.map((slot) => [slot, "gpu-buffer"])),
    },
  });
  const compileNs = Number(process.hrtime.bigint() - from);
  const feeds = {};
  for (const [index, { dims }] of model.parameters.entries()) {
    feeds[`${names[index]}_p_in`] = f32(values[index], dims);
    for (const moment of ["m", "v"]) {
      feeds[`${names[index]}_${moment}_in`] = f32(new Float32Array(sizeOf(dims)), dims);
    }
  }
  let step = 0;
  const run = async () => {
    Object.assign(feeds, batches[step % batches.length]);
    step += 1;
    feeds.rate = f32(Float32Array.of(adamRate(step)), []);
    const results = await session.run(feeds);
    for (const slot of state) {
      feeds[`${slot}_in`].dispose();
      feeds[`${slot}_in`] = results[slot];
    }
    return results.loss.data[0];
  };
  const timed = await timeTraining(run, seconds);
  return { ...timed, firstNs: timed.firstNs + compileNs };
}
