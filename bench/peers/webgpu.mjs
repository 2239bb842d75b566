// Measures FastGPU beside its peers on WebGPU, in one run and on one adapter: matrix products and training steps, each contender
// in a process of its own, in rounds that change direction, so that what else the machine does meets all alike. Prints
// Markdown tables with ratios; --record also writes them with the machine's fingerprint.
//   node webgpu.mjs [--workloads matmul:256,...,mlp,cnn] [--only name,...] [--rounds 3] [--seconds 1] [--out file.json]
//                   [--record ../../docs/measurements/peers-webgpu.md]
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { flopsOf } from "./lib/workload.mjs";
import { webgpuTable } from "./lib/webgpu-table.mjs";

const execute = promisify(execFile);
const { values: options } = parseArgs({
  options: {
    workloads: { type: "string", default: "matmul:256,matmul:512,matmul:1024,matmul:2048,mlp,cnn" },
    only: { type: "string" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "1" },
    out: { type: "string", default: "peers-webgpu.json" },
    record: { type: "string" },
  },
});

/** `own`: what the ratios are of; `isOnlyTraining`: it adds nothing on a single product. */
const contenders = [
  { name: "fastgpu", script: "fastgpu.mjs", extra: ["webgpu"], own: true },
  { name: "fastgpu on onnxruntime", script: "fastgpu.mjs", extra: ["onnx"], isOnlyTraining: true },
  { name: "onnxruntime", script: "onnx.mjs" },
  { name: "jax-js", script: "jax-js.mjs" },
  { name: "tensorflow.js", script: "tfjs.mjs" },
];
const only = options.only?.split(",");
const chosen = contenders.filter(({ name }) => only === undefined || only.includes(name));

/** Each contender finds the driver's cache of compiled shaders empty in its first round, and its own in later ones. */
const caches = await mkdtemp(path.join(os.tmpdir(), "fastgpu-peers-"));

async function runOnce({ name, script, extra = [] }, workload) {
  const file = new URL(`contenders/webgpu/${script}`, import.meta.url).pathname;
  const given = [file, workload, options.seconds, ...extra];
  process.stderr.write(`${workload} ${name}\n`);
  const cache = path.join(caches, `${name} ${workload}`.replaceAll(/[^a-z0-9]/g, "-"));
  try {
    const { stdout } = await execute(process.execPath, given, {
      maxBuffer: 2 ** 28,
      timeout: 300_000,
      env: {
        ...process.env,
        XDG_CACHE_HOME: cache,
        FASTGPU_CACHE_DIR: cache,
        MESA_SHADER_CACHE_DIR: cache,
      },
    });
    return JSON.parse(stdout.trimEnd().split("\n").at(-1));
  } catch (error) {
    // A peer that cannot run is a row that says so, not the end of the run.
    return {
      failure: firstError(String(error.stderr ?? error)),
    };
  }
}

function firstError(text) {
  const lines = text.trim().split("\n");
  return lines.find((line) => /Error|error:/.test(line)) ?? lines.at(-1);
}

const rounds = Number(options.rounds);
const roofline = await runOnce({ name: "roofline", script: "roofline.mjs" }, "matmul:1024");
const results = [];
for (const workload of options.workloads.split(",")) {
  const entries = chosen
    .filter(({ isOnlyTraining }) => isOnlyTraining !== true || !workload.startsWith("matmul"))
    .map((contender) => ({
      name: contender.name,
      own: contender.own ?? false,
      contender,
      runs: [],
    }));
  for (let round = 0; round < rounds; round += 1) {
    for (const entry of round % 2 === 0 ? entries : entries.toReversed()) {
      if (entry.runs.some((run) => run.failure !== undefined)) continue;
      entry.runs.push(await runOnce(entry.contender, workload));
    }
  }
  results.push({
    workload,
    flops: flopsOf(workload),
    entries: entries.map(({ name, own, runs }) => ({ name, own, runs })),
  });
}

await rm(caches, { recursive: true, force: true });

const versions = JSON.parse(
  await readFile(new URL("package.json", import.meta.url), "utf8"),
).dependencies;
const machine = {
  cpu: os.cpus()[0]?.model.trim(),
  cores: os.cpus().length,
  memoryGib: Math.round(os.totalmem() / 2 ** 30),
  platform: `${os.platform()} ${os.release()}`,
  node: process.version,
  adapter: roofline.adapter ?? roofline.failure,
  loadAtEnd: os.loadavg().map((load) => Number(load.toFixed(1))),
  versions,
  date: new Date().toISOString(),
};
await writeFile(options.out, JSON.stringify({ machine, options, roofline, results }));
const peak =
  roofline.flops === undefined ? undefined : roofline.flops / Math.min(...roofline.stepNs);
const text = webgpuTable({ machine, peak, results, command: process.argv.slice(2).join(" ") });
process.stdout.write(text);
if (options.record !== undefined) {
  // The repository's own formatter, as records are checked like everything else.
  const { format, resolveConfig } = await import("prettier");
  const style = await resolveConfig(options.record);
  await writeFile(options.record, await format(text, { ...style, parser: "markdown" }));
}
