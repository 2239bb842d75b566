// Do two backends train alike? The same training step from the same start on the same batches of digits, on ONNX Runtime and
// on WebGPU, loss by loss, for the models of the suites quickstart and cnn; then the accuracy on held-out digits. Training
// amplifies roundings, so how far apart two right curves get is measured too: ONNX Runtime once more, from parameters that are
// off by one rounding of the precision. Exits 1 if at some step the engines are further apart than some times that.
//
//     node bench/loss-curves.mjs [--steps 100] [--model mlp|cnn] [--precision f32|f16|mixed] [--webgpu <module>]
//
// With `--webgpu ./packages/backend-webgpu/bench/matrix-units.mjs` products of f16 run on matrix units (docs/webgpu.md).
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import onnx from "@fastgpu/backend-onnx";
import { loadSuite } from "@fastgpu/bench";
import {
  evalStep,
  finishMetrics,
  initialTrainState,
  simplify,
  tensor,
  toNumbers,
  trainStep,
} from "@fastgpu/core";
import { loadMnist, permutation } from "@fastgpu/data";

const { values: options } = parseArgs({
  options: {
    steps: { type: "string", default: "100" },
    model: { type: "string" },
    precision: { type: "string", default: "f32" },
    webgpu: { type: "string", default: "@fastgpu/backend-webgpu" },
  },
});
const steps = Number(options.steps);
const { precision } = options;
const isFile = options.webgpu.startsWith(".");
const module = isFile ? pathToFileURL(resolve(options.webgpu)).href : options.webgpu;
const { default: webgpu } = await import(module);

/** Unit roundoff of what the precision computes in. */
const roundoff = precision === "f32" ? 2 ** -24 : 2 ** -11;
/** How many times further apart the engines may be at any step than curves of one engine that a rounding tells apart. */
const factor = 4;
const accuracyBound = 0.02;

const models = [
  { name: "mlp", suite: await loadSuite("quickstart"), batch: 128, shape: [784] },
  { name: "cnn", suite: await loadSuite("cnn"), batch: 64, shape: [1, 28, 28] },
];

const { train, validation } = await loadMnist({ labels: "oneHot" });

/** Tensors whose elements are multiplied by 1 - by, 1 or 1 + by; scalars, such as counts of steps, stay. */
function nudged(state, by) {
  const entries = Object.entries(state).map(([name, { dtype, shape, data }]) => {
    if (dtype !== "f32" || data.length === 1) return [name, { dtype, shape, data }];
    return [
      name,
      tensor(
        dtype,
        shape,
        data.map((value, i) => value * (1 + ((i % 3) - 1) * by)),
      ),
    ];
  });
  return Object.fromEntries(entries);
}

/** Differences of each step's losses, relative to the loss, or to a tenth of the first where that is more. */
function differences(a, b) {
  const least = a.losses[0] / 10;
  return a.losses.map((loss, i) => Math.abs(loss - b.losses[i]) / Math.max(loss, least));
}

/** How many times as far apart as `own` curves got so far, or four roundings where that is more. */
function excess(apart, own) {
  let reached = 4 * roundoff;
  return apart.map((difference, i) => difference / (reached = Math.max(reached, own[i])));
}

/** Rows of a data set as the inputs of a program. */
function rows({ x, y }, indices, shape) {
  const take = ({ data }, width) => {
    const taken = new Float32Array(indices.length * width);
    indices.forEach((row, i) =>
      taken.set(data.subarray(row * width, (row + 1) * width), i * width),
    );
    return taken;
  };
  return {
    x: tensor("f32", [indices.length, ...shape], take(x, 784)),
    y: tensor("f32", [indices.length, 10], take(y, 10)),
  };
}

async function trainOn(backend, { name, suite, batch, shape }, offBy = 0) {
  const { spec, loss, metrics, optimizer } = suite.models[name];
  const objective = { loss, metrics, precision };
  const step = trainStep(spec, { ...objective, batch, optimizer });
  const [info] = await backend.devices();
  const device = await backend.open(info, {});
  const state = await device.createState(nudged(initialTrainState(step, 1), offBy));
  const program = await device.compile(simplify(step.graph), state);
  const data = train.toTensors();
  const order = permutation(train.size, 7);
  const losses = [];
  for (let i = 0; i < steps; i++) {
    const indices = Array.from({ length: batch }, (_, k) => order[(i * batch + k) % order.length]);
    const { loss } = await program.run(rows(data, indices, shape), ["loss"]);
    losses.push(toNumbers(loss)[0]);
  }
  const judged = validation.toTensors();
  const size = 500;
  const judge = evalStep(spec, { ...objective, batch: size });
  const evaluation = await device.compile(simplify(judge.graph), state);
  const first = Array.from({ length: size }, (_, i) => i);
  const results = await evaluation.run(rows(judged, first, shape));
  const { accuracy } = finishMetrics(judge.report, toNumbers(results.metrics));
  await device.dispose();
  return { losses, accuracy, device: info.name };
}

let isAlike = true;
for (const model of models) {
  if (options.model !== undefined && options.model !== model.name) continue;
  const [a, b] = [await trainOn(onnx, model), await trainOn(webgpu, model)];
  const apart = differences(a, b);
  const own = differences(a, await trainOn(onnx, model, roundoff));
  const worst = Math.max(...excess(apart, own));
  const gap = Math.abs(a.accuracy - b.accuracy);
  isAlike &&= worst <= factor && gap <= accuracyBound;
  const upTo = (values, count) => Math.max(...values.slice(0, count)).toExponential(1);
  console.log(
    `${model.name} in ${precision}: ${steps} steps, loss ${a.losses[0].toFixed(4)} -> ${a.losses.at(-1).toFixed(4)} ` +
      `(onnx, ${a.device}), ${b.losses.at(-1).toFixed(4)} (${webgpu.name}, ${b.device}); largest relative difference ` +
      `${upTo(apart, 10)} in 10 steps, ${upTo(apart, steps)} in all; by one rounding ${upTo(own, 10)}, ` +
      `${upTo(own, steps)}; at most ${worst.toFixed(1)} times; ` +
      `accuracy ${a.accuracy.toFixed(3)} and ${b.accuracy.toFixed(3)}`,
  );
}
process.exit(isAlike ? 0 : 1);
