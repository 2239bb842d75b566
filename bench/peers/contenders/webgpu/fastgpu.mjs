// FastGPU through one of its backends: `webgpu`, or `onnx`, which runs the same training graph on ONNX Runtime's WebGPU
// provider. Usage: `<workload> <seconds> <backend>`. A step is the program that `fit` runs, fed with a batch, its loss read.
import { GraphBuilder, tensor } from "../../../../packages/core/dist/index.js";
import { planPrograms } from "../../../../packages/runtime/dist/index.js";
import { report } from "../../lib/contender.mjs";
import { ADAM, batchOf, sizeOf } from "../../lib/models.mjs";
import {
  checkProduct,
  factors,
  timeProducts,
  timeTraining,
  trainingWorkload,
  workloadArguments,
} from "../../lib/workload.mjs";

const { kind, size, seconds, more } = workloadArguments();
const name = more[0];
const { default: backend } = await import(`../../../../packages/backend-${name}/dist/index.js`);
const info = (await backend.devices()).find(
  ({ id }) => id.startsWith("webgpu") || name === "webgpu",
);
if (info === undefined) throw new Error(`fastgpu: ${name} must have a WebGPU device, got none`);
const device = await backend.open(info, {});
const adapter = [info.name, info.driver].filter(Boolean).join(", ");
report({ adapter, ...(kind === "matmul" ? await product(size) : await training(kind)) });

async function product(n) {
  const values = factors(n);
  const builder = new GraphBuilder("product");
  const attrs = { transposeA: false, transposeB: false };
  const [a, b] = ["a", "b"].map((slot) => builder.state(slot, "f32", [n, n]));
  builder.output("c", builder.op("matmul", [a, b], attrs));
  const state = await device.createState({
    a: tensor("f32", [n, n], values.a),
    b: tensor("f32", [n, n], values.b),
  });
  const program = await device.compile(builder.build(), state);
  const { c } = await program.run({});
  checkProduct(values, c.data, n);
  const start = () => program.run({}, []);
  return { stepNs: await timeProducts(start, () => program.sync(), seconds) };
}

async function training(network) {
  const { model, values, batches } = trainingWorkload(network, ({ batch, sample }, data, step) => ({
    x: tensor("f32", [batch, ...sample], batchOf(data.x, step, batch, sizeOf(sample))),
    y: tensor("f32", [batch, 10], batchOf(data.y, step, batch, 10)),
  }));
  const { rate: learningRate, ...betas } = ADAM;
  const programs = planPrograms({
    model: { name: network, layers: model.layers, inputs: ["x"], outputs: ["b"] },
    objective: {
      loss: "categoricalCrossentropy",
      optimizer: { name: "adam", learningRate, ...betas },
    },
    batchSize: model.batch,
    initialState: Object.fromEntries(
      model.parameters.map((parameter, index) => [
        parameter.name,
        tensor("f32", parameter.dims, values[index]),
      ]),
    ),
    data: {},
  });
  const from = process.hrtime.bigint();
  const state = await device.createState(programs.initialState);
  const program = await device.compile(programs.step(model.batch), state);
  const compileNs = Number(process.hrtime.bigint() - from);
  let step = 0;
  const before = device.counters();
  const run = async () => {
    const { loss } = await program.run(batches[step % batches.length], ["loss"]);
    step += 1;
    return loss.data[0];
  };
  const timed = await timeTraining(run, seconds);
  const dispatches = (device.counters().dispatches - before.dispatches) / step;
  return { ...timed, firstNs: timed.firstNs + compileNs, dispatches };
}
