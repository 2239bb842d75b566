// FastGPU on its ONNX backend: the programs that `fit` runs, driven in this process. Usage: `<model> <threads>
// <seconds> <steps per run | auto>`. Also measures inference with weights as constants and as inputs.
import { createRequire } from "node:module";
import { predictStep, tensor } from "../../../packages/core/dist/index.js";
import onnx from "../../../packages/backend-onnx/dist/index.js";
import {
  chooseStepsPerRun,
  dataSlot,
  planPrograms,
  residentProgram,
} from "../../../packages/runtime/dist/index.js";
import { contenderArguments, report, timeRuns } from "../lib/contender.mjs";
import { ADAM, initialParameters, sizeOf, STEPS, trainingData } from "../lib/models.mjs";

const { name, model, threads, seconds } = contenderArguments();
const spec = {
  name,
  layers: model.layers,
  inputs: ["x"],
  outputs: ["b"],
};
const parameters = initialParameters(model);
const named = Object.fromEntries(
  model.parameters.map(({ name: key, dims }) => [key, tensor("f32", dims, parameters[key])]),
);
const { rate: learningRate, ...betas } = ADAM;
const programs = planPrograms({
  model: spec,
  objective: {
    loss: "categoricalCrossentropy",
    optimizer: { name: "adam", learningRate, ...betas },
  },
  batchSize: model.batch,
  initialState: named,
  data: {},
});
const { x, y, rows } = trainingData(model);
const train = {
  x: tensor("f32", [rows, ...model.sample], x),
  y: tensor("f32", [rows, 10], y),
};
const asked = process.argv[5] ?? "auto";
const steps = chooseStepsPerRun(
  asked === "auto" ? "auto" : Number(asked),
  programs.step(model.batch),
  STEPS,
);

const spent = timeInsideSessions();
const [info] = await onnx.devices();
const device = await onnx.open(info, { threads });
const state = await device.createState({
  ...programs.initialState,
  [dataSlot("train", "x")]: train.x,
  [dataSlot("train", "y")]: train.y,
});
const program = residentProgram(programs.step(model.batch), "train", train, steps);
const executable = await device.compile(program, state);
const orders = Array.from({ length: STEPS / steps }, (_, run) => {
  const order = Int32Array.from(
    { length: steps * model.batch },
    (_, row) => run * steps * model.batch + row,
  );
  return { rows: tensor("i32", steps === 1 ? [model.batch] : [steps, model.batch], order) };
});
let at = 0;
async function run() {
  const { loss } = await executable.run(orders[at++ % orders.length], ["loss"]);
  return loss.data;
}

const losses = [];
while (losses.length < STEPS) losses.push(...(await run()));
spent.reset();
const { stepNs, cpuNs } = await timeRuns(run, steps, seconds);
const hostRatio = spent.hostRatio(stepNs, steps);
const profile = process.env.FASTGPU_PEERS_PROFILE === "1" ? await executable.timings() : undefined;
report({
  losses,
  stepNs,
  cpuNs,
  stepsPerRun: steps,
  hostRatio,
  inference: await inference(),
  profile,
});

/** Measures what share of the steps was spent outside of the engine's own `run`: medians over all runs. */
function timeInsideSessions() {
  const require = createRequire(
    new URL("../../../packages/backend-onnx/package.json", import.meta.url),
  );
  const { InferenceSession } = require("onnxruntime-node");
  const create = InferenceSession.create.bind(InferenceSession);
  let inside = [];
  // Public runs and the backend's direct ones both end in the handler of their session.
  InferenceSession.create = async (...given) => {
    const session = await create(...given);
    const { handler } = session;
    const plain = handler.run.bind(handler);
    handler.run = async (...run) => {
      const start = process.hrtime.bigint();
      try {
        return await plain(...run);
      } finally {
        // The backend lets its runs end in an error that keeps outputs from being copied.
        inside.push(Number(process.hrtime.bigint() - start));
      }
    };
    return session;
  };
  const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  return {
    reset: () => {
      inside = [];
    },
    hostRatio: (stepTimes, count) =>
      median(stepTimes.map((time, i) => 1 - inside[i] / (time * count))),
  };
}

/** Time of one prediction of a batch, ns, with the weights as constants and as inputs, taken in turns. */
async function inference() {
  const graph = predictStep(spec, { batch: model.batch, layout: programs.layout });
  const batch = {
    x: tensor(
      "f32",
      [model.batch, ...model.sample],
      x.subarray(0, model.batch * sizeOf(model.sample)),
    ),
  };
  const constants = await device.compile(graph, state, { freezeState: true });
  const inputs = await device.compile(graph, state);
  const times = { constantsNs: [], inputsNs: [] };
  for (let round = 0; round < 4; round += 1) {
    times.constantsNs.push(...(await timeRuns(() => constants.run(batch), 1, seconds / 16)).stepNs);
    times.inputsNs.push(...(await timeRuns(() => inputs.run(batch), 1, seconds / 16)).stepNs);
  }
  return times;
}
