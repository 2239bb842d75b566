// Does a long training stay flat? Trains the digits perceptron and prints, every tenth of the steps, what the device
// holds and the resident memory of the process. Exits 1 if anything grew or a pipeline was compiled after the first step.
//
//     node packages/backend-webgpu/bench/steady.mjs [steps]
import { initialTrainState, simplify, tensorFrom, trainStep } from "@fastgpu/core";
import backend from "../dist/index.js";

const steps = Number(process.argv[2] ?? 10_000);
const batch = 128;
const layer = (name, kind, config, inputs) => ({ name, kind, config, inputs });
const spec = {
  name: "digits",
  layers: [
    layer("input", "input", { shape: [784], dtype: "f32" }, []),
    layer("hidden", "dense", { units: 128, activation: "sigmoid" }, ["input"]),
    layer("output", "dense", { units: 10, activation: "softmax" }, ["hidden"]),
  ],
  inputs: ["input"],
  outputs: ["output"],
};
const step = trainStep(spec, {
  batch,
  loss: "categoricalCrossentropy",
  metrics: ["accuracy"],
  optimizer: { name: "adam", learningRate: 0.001 },
  packBelowElements: 16_384,
});
const numbers = (length) => Float32Array.from({ length }, (_, i) => ((i * 7919) % 1009) / 1009);
const labels = new Float32Array(batch * 10);
for (let i = 0; i < batch; i++) labels[i * 10 + (i % 10)] = 1;
const data = {
  x: tensorFrom("f32", [batch, 784], numbers(batch * 784)),
  y: tensorFrom("f32", [batch, 10], labels),
};

const openedNs = process.hrtime.bigint();
const [info] = await backend.devices();
const device = await backend.open(info, {});
const state = await device.createState(initialTrainState(step, 1));
const program = await device.compile(simplify(step.graph), state);
const { loss } = await program.run(data, ["loss"]);
console.log(
  `${info.name}: first step after ${Number(process.hrtime.bigint() - openedNs) / 1e6} ms, loss ${loss.data[0]}`,
);

const seen = [];
const tenth = Math.ceil(steps / 10);
for (let done = 0; done < steps; done += tenth) {
  const start = process.hrtime.bigint();
  const before = device.counters().dispatches;
  for (let i = 0; i < tenth - 1; i++) await program.run(data, []);
  const last = await program.run(data, ["loss"]);
  const { liveBytes, liveTensors, pipelinesCompiled, dispatches } = device.counters();
  globalThis.gc?.();
  const rssBytes = process.memoryUsage().rss;
  seen.push({ liveBytes, liveTensors, pipelinesCompiled, rssBytes });
  const perSecond = (tenth * 1e9) / Number(process.hrtime.bigint() - start);
  console.log(
    `${done + tenth} steps: loss ${last.loss.data[0].toFixed(5)}, ${liveTensors} buffers, ${liveBytes} bytes, ` +
      `${pipelinesCompiled} pipelines, RSS ${(rssBytes / 2 ** 20).toFixed(1)} MiB, ` +
      `${((dispatches - before) / tenth).toFixed(1)} dispatches a step, ${perSecond.toFixed(0)} steps/s`,
  );
}
await device.dispose();

const [first, last] = [seen[0], seen.at(-1)];
const isFlat =
  first.liveBytes === last.liveBytes &&
  first.liveTensors === last.liveTensors &&
  first.pipelinesCompiled === last.pipelinesCompiled &&
  // The first tenth includes what the JavaScript engine grows to.
  last.rssBytes <= seen[1].rssBytes * 1.05;
console.log(isFlat ? "flat" : "GREW");
process.exit(isFlat ? 0 : 1);
