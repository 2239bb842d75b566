// Measures training steps of FastGPU and its peers side by side: in every round each contender runs once, in a process of
// its own, so that what else the machine does meets all of them alike. Prints a table and writes all samples as JSON.
//   node run.mjs [--models mlp,cnn] [--threads 1,2] [--rounds 5] [--seconds 2] [--only name,...] [--out file.json]
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import os from "node:os";
import { promisify, parseArgs } from "node:util";
import { MODELS } from "./lib/models.mjs";
import { meanOf, percentile, table } from "./lib/table.mjs";

const execute = promisify(execFile);
const { values: options } = parseArgs({
  options: {
    models: { type: "string", default: "mlp,cnn" },
    threads: { type: "string", default: "1,2" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    only: { type: "string" },
    out: { type: "string", default: "peers.json" },
  },
});
const folder = new URL("contenders/", import.meta.url);
const python =
  process.env.FASTGPU_PEERS_PYTHON ?? new URL(".venv/bin/python", import.meta.url).pathname;

/** `models`: those it can train; `isPinned`: it has one thread whatever one asks for. */
const contenders = [
  { name: "roofline", script: "roofline.mjs", models: ["mlp", "cnn"] },
  { name: "onnx-plain", script: "onnx-plain.mjs", models: ["mlp", "cnn"] },
  { name: "fastgpu-k1", script: "fastgpu.mjs", models: ["mlp", "cnn"], extra: ["1"] },
  { name: "fastgpu", script: "fastgpu.mjs", models: ["mlp", "cnn"], extra: ["auto"] },
  { name: "tfjs-wasm", script: "tfjs-wasm.mjs", models: ["mlp"], isPinned: true },
  { name: "jax-js", script: "jax-js.mjs", models: ["mlp"], isPinned: true },
  { name: "pytorch", script: "pytorch.py", models: ["mlp", "cnn"] },
];

function chosen(model) {
  const only = options.only?.split(",");
  return contenders.filter(({ name, script, models }) => {
    if (!models.includes(model) || (only !== undefined && !only.includes(name))) return false;
    if (!script.endsWith(".py") || existsSync(python)) return true;
    process.stderr.write(`${name}: left out, there is no ${python} (see README.md)\n`);
    return false;
  });
}

async function runOnce({ name, script, extra = [] }, model, threads) {
  const file = new URL(script, folder).pathname;
  const given = [file, model, String(threads), options.seconds, ...extra];
  const command = script.endsWith(".py") ? python : process.execPath;
  const { stdout } = await execute(command, given, { maxBuffer: 2 ** 28 });
  const last = stdout.trimEnd().split("\n").at(-1);
  process.stderr.write(`${model} ${threads} thread(s) ${name}\n`);
  return JSON.parse(last);
}

const results = [];
for (const model of options.models.split(",")) {
  for (const threads of options.threads.split(",").map(Number)) {
    const entries = chosen(model).map((contender) => ({ contender, runs: [] }));
    for (let round = 0; round < Number(options.rounds); round += 1) {
      // Every other round goes backwards, so that no contender always follows the same one.
      for (const entry of round % 2 === 0 ? entries : entries.toReversed()) {
        entry.runs.push(await runOnce(entry.contender, model, threads));
      }
    }
    results.push({ model, threads, entries: entries.map(summarize) });
  }
}

function summarize({ contender, runs }) {
  const stepNs = runs.flatMap((run) => run.stepNs);
  const inference = runs.flatMap((run) => run.inference ?? []);
  const low = (key) =>
    percentile(
      inference.flatMap((times) => times[key]),
      0.05,
    );
  return {
    name: contender.name,
    isPinned: contender.isPinned ?? false,
    medianNs: percentile(stepNs, 0.5),
    lowNs: percentile(stepNs, 0.05),
    shortestNs: percentile(stepNs, 0),
    cpuNs: percentile(
      runs.flatMap((run) => run.cpuNs),
      0.05,
    ),
    firstLosses: meanOf(runs[0].losses),
    stepsPerRun: runs[0].stepsPerRun ?? 1,
    ...(runs[0].flops === undefined ? {} : { flops: runs[0].flops }),
    ...(runs[0].hostRatio === undefined
      ? {}
      : {
          hostRatio: percentile(
            runs.map((run) => run.hostRatio),
            0.5,
          ),
        }),
    ...(inference.length === 0
      ? {}
      : { inferenceNs: { constants: low("constantsNs"), inputs: low("inputsNs") } }),
    samplesNs: runs.map((run) => run.stepNs),
  };
}

const machine = {
  cpu: os.cpus()[0]?.model.trim(),
  cores: os.cpus().length,
  platform: `${os.platform()} ${os.release()}`,
  node: process.version,
  loadAtEnd: os.loadavg().map((load) => Number(load.toFixed(1))),
  date: new Date().toISOString(),
};
await writeFile(options.out, JSON.stringify({ machine, options, results }));
process.stdout.write(
  `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load ${machine.loadAtEnd.join(" ")}\n`,
);
for (const result of results) {
  process.stdout.write(`\n${table(result, MODELS[result.model].productFlops)}`);
}
