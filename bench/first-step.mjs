// How long until the first training step of a process is done, with every cache empty and with what the first process left?
// Each row is the median of fresh processes on an empty cache, and of as many that find the caches of an earlier one.
//
//     npm run build && node bench/first-step.mjs [--backend webgpu] [--models mlp,cnn] [--runs 3]
//
// `process`: from before the process starts to its first loss; `compile`: from an open device to that loss; `cpu`: processor
// time of `compile` over all threads. The caches are FastGPU's own and the driver's, both below FASTGPU_CACHE_DIR.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

const { values: options } = parseArgs({
  options: {
    backend: { type: "string", default: "webgpu" },
    models: { type: "string", default: "mlp,cnn" },
    runs: { type: "string", default: "3" },
    child: { type: "string" },
  },
});

if (options.child === undefined) await compare();
else await firstStep(options.backend, options.child);

async function compare() {
  const rows = [];
  for (const model of options.models.split(",")) {
    const cold = [];
    const warm = [];
    for (let run = 0; run < Number(options.runs); run += 1) {
      const folder = await mkdtemp(path.join(os.tmpdir(), "fastgpu-first-step-"));
      cold.push(await startChild(model, folder));
      warm.push(await startChild(model, folder));
      await rm(folder, { recursive: true, force: true });
    }
    rows.push(["empty", model, cold], ["filled", model, warm]);
  }
  console.log(`${rows[0][2][0].device}, ${os.cpus().length} cores, Node ${process.version}\n`);
  console.log("| model | caches | process s | compile s | cpu s | pipelines |");
  console.log("| ----- | ------ | --------- | --------- | ----- | --------- |");
  for (const [caches, model, runs] of rows) {
    const cells = ["processMs", "compileMs", "cpuMs"].map((name) =>
      (median(runs, name) / 1e3).toFixed(2),
    );
    console.log(`| ${model} | ${caches} | ${cells.join(" | ")} | ${runs[0].pipelines} |`);
  }
}

function median(runs, name) {
  const values = runs.map((run) => run[name]).toSorted((a, b) => a - b);
  return values[Math.floor((values.length - 1) / 2)];
}

async function startChild(model, folder) {
  const script = fileURLToPath(import.meta.url);
  const start = performance.now();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [script, "--child", model, "--backend", options.backend],
    { env: { ...process.env, FASTGPU_CACHE_DIR: folder, XDG_CACHE_HOME: folder } },
  );
  const result = JSON.parse(stdout.trimEnd().split("\n").at(-1));
  return { ...result, processMs: result.finishedAt - performance.timeOrigin - start };
}

/** Opens the first device, trains one step and prints what it took. */
async function firstStep(backendName, name) {
  const { tensor } = await import("@fastgpu/core");
  const { planPrograms } = await import("@fastgpu/runtime");
  const { ADAM, batchOf, initialParameters, MODELS, sizeOf, trainingData } =
    await import("./peers/lib/models.mjs");
  const { default: backend } = await import(`@fastgpu/backend-${backendName}`);
  const [info] = await backend.devices();
  if (info === undefined)
    throw new Error(`first step: ${backendName} must have a device, got none`);
  const device = await backend.open(info, {});
  const model = MODELS[name];
  const initial = initialParameters(model);
  const data = trainingData(model);
  const { rate: learningRate, ...betas } = ADAM;
  const programs = planPrograms({
    model: { name, layers: model.layers, inputs: ["x"], outputs: ["b"] },
    objective: {
      loss: "categoricalCrossentropy",
      optimizer: { name: "adam", learningRate, ...betas },
    },
    batchSize: model.batch,
    initialState: Object.fromEntries(
      model.parameters.map((one) => [one.name, tensor("f32", one.dims, initial[one.name])]),
    ),
    data: {},
  });
  const { batch, sample } = model;
  const inputs = {
    x: tensor("f32", [batch, ...sample], batchOf(data.x, 0, batch, sizeOf(sample))),
    y: tensor("f32", [batch, 10], batchOf(data.y, 0, batch, 10)),
  };
  const cpu = process.cpuUsage();
  const start = performance.now();
  const state = await device.createState(programs.initialState);
  const program = await device.compile(programs.step(batch), state);
  await program.run(inputs, ["loss"]);
  const end = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  const result = {
    device: [info.name, info.driver].filter(Boolean).join(", "),
    compileMs: end - start,
    cpuMs: (user + system) / 1e3,
    pipelines: device.counters().pipelinesCompiled,
    finishedAt: performance.timeOrigin + end,
  };
  await device.dispose();
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}
