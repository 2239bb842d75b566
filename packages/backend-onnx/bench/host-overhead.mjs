// What the backend costs around `session.run`, and whether 10,000 training steps leave anything behind. Run by hand:
//   node packages/backend-onnx/bench/host-overhead.mjs [steps=10000] [threads=1] [device=cpu]
// The 784-128-10 network, batch 128, Adam, one step per run, the loss fetched every step. Prints one line of JSON:
// the step's time inside and around the engine's own `run` (which is timed where it is called, within the step), a
// paired loop over the same model with ping-pong buffers and nothing else, and memory over the steps.
import backend from "../dist/index.js";
import { lowerGraph } from "../dist/lower/lower-graph.js";
import { initialTrainState, tensorFrom, trainStep } from "@fastgpu/core";
import { InferenceSession, Tensor } from "onnxruntime-node";

const [stepsText = "10000", threadsText = "1", deviceId = "cpu"] = process.argv.slice(2);
const steps = Number(stepsText);
const threads = Number(threadsText);
const BATCH = 128;

const spec = {
  name: "mlp",
  layers: [
    { name: "input", kind: "input", config: { shape: [784] }, inputs: [] },
    {
      name: "hidden",
      kind: "dense",
      config: { units: 128, activation: "sigmoid" },
      inputs: ["input"],
    },
    {
      name: "output",
      kind: "dense",
      config: { units: 10, activation: "softmax" },
      inputs: ["hidden"],
    },
  ],
  inputs: ["input"],
  outputs: ["output"],
};

/** Time spent inside the engine's `run`, over all sessions, in ms. */
let insideMs = 0;
// At the session's handler, which the backend may call below the binding's own argument checks.
const create = InferenceSession.create.bind(InferenceSession);
InferenceSession.create = async (...args) => {
  const session = await create(...args);
  const run = session.handler.run.bind(session.handler);
  session.handler.run = async (...given) => {
    const start = performance.now();
    const result = await run(...given);
    insideMs += performance.now() - start;
    return result;
  };
  return session;
};

const quantile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];

const step = trainStep(spec, {
  batch: BATCH,
  loss: "categoricalCrossentropy",
  optimizer: "adam",
  packBelowElements: 4096,
});
const wave = (count) => Float32Array.from({ length: count }, (_, i) => (i % 97) / 97);
const inputs = {
  x: { dtype: "f32", shape: [BATCH, 784], data: wave(BATCH * 784) },
  y: tensorFrom(
    "f32",
    [BATCH, 10],
    Array.from({ length: BATCH * 10 }, (_, i) => (i % 10 === 3 ? 1 : 0)),
  ),
};

const info = (await backend.devices()).find(({ id }) => id === deviceId);
const device = await backend.open(info, { threads });
const state = await device.createState(initialTrainState(step, 1));
const program = await device.compile(step.graph, state);

/** The same model without the backend: buffers made once, state written to its other half in turn. */
async function bareLoop() {
  const lowered = lowerGraph(step.graph, {});
  const session = await InferenceSession.create(lowered.bytes, {
    executionProviders: [deviceId],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const initial = initialTrainState(step, 1);
  const types = { f32: "float32", i32: "int32" };
  const wrap = ({ dtype, shape, data }) => new Tensor(types[dtype], data.slice(), shape);
  const front = Object.fromEntries(
    lowered.state.map(({ edge, name }) => [edge, wrap(initial[name])]),
  );
  const back = Object.fromEntries(
    lowered.state.map(({ edge, name }) => [edge, wrap(initial[name])]),
  );
  const edgeOf = new Map(lowered.state.map(({ edge, name }) => [name, edge]));
  const fixed = Object.fromEntries(
    lowered.inputs.map(({ edge, name }) => [edge, wrap(inputs[name])]),
  );
  const [loss] = lowered.outputs;
  const lossTensor = wrap({ dtype: "f32", shape: [], data: new Float32Array(1) });
  const halves = [
    [front, back],
    [back, front],
  ].map(([read, write]) => ({
    feeds: { ...fixed, ...read },
    fetches: Object.fromEntries([
      ...lowered.next.map(({ edge, name }) => [edge, write[edgeOf.get(name)]]),
      [loss.edge, lossTensor],
    ]),
  }));
  let turn = 0;
  return {
    run: () => {
      const { feeds, fetches } = halves[turn++ % 2];
      return session.run(feeds, fetches);
    },
    release: () => session.release(),
  };
}

const bare = await bareLoop();
const ours = { totalUs: [], insideUs: [], bareUs: [] };
const BLOCK = 100;
for (let i = 0; i < 2 * BLOCK; i++) {
  await program.run(inputs);
  await bare.run();
}
for (let block = 0; block < 20; block++) {
  for (let i = 0; i < BLOCK; i++) {
    insideMs = 0;
    const start = performance.now();
    await program.run(inputs);
    ours.totalUs.push((performance.now() - start) * 1e3);
    ours.insideUs.push(insideMs * 1e3);
  }
  for (let i = 0; i < BLOCK; i++) {
    const start = performance.now();
    await bare.run();
    ours.bareUs.push((performance.now() - start) * 1e3);
  }
}
await bare.release();
const aroundUs = ours.totalUs.map((total, i) => total - ours.insideUs[i]);

const memory = [];
const note = (done) => {
  globalThis.gc?.();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const { liveTensors, liveBytes } = device.counters();
  const mib = (bytes) => Math.round(bytes / 2 ** 20);
  memory.push({
    done,
    rssMib: mib(rss),
    heapMib: mib(heapUsed),
    buffersMib: mib(arrayBuffers),
    liveTensors,
    liveBytes,
  });
};
note(0);
for (let done = 1; done <= steps; done++) {
  await program.run(inputs);
  if (done % Math.max(1, Math.floor(steps / 10)) === 0) note(done);
}
const { loss } = await program.run(inputs);
await device.dispose();
console.log(
  JSON.stringify(
    {
      device: deviceId,
      threads,
      stepUs: { p5: quantile(ours.totalUs, 0.05), median: quantile(ours.totalUs, 0.5) },
      aroundRunUs: { p5: quantile(aroundUs, 0.05), median: quantile(aroundUs, 0.5) },
      bareStepUs: { p5: quantile(ours.bareUs, 0.05), median: quantile(ours.bareUs, 0.5) },
      aroundShare: quantile(aroundUs, 0.5) / quantile(ours.totalUs, 0.5),
      againstBare: quantile(ours.totalUs, 0.05) / quantile(ours.bareUs, 0.05),
      loss: loss.data[0],
      memory,
    },
    undefined,
    1,
  ),
);
