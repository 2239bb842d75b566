// Records rounds of fresh processes for gate-error.mjs: base, the same code again, and heads with planted slowdowns of 5%,
// 10%, and 30% in the slowest tenth of the steps. A round runs all five back to back; the order is reversed in every second round. One
// JSON line per process is appended, so sessions add up. Default settings: one second of samples per process.
//
//     node bench/gate/record-pool.mjs pool.jsonl [seconds=50]
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executeRun, parseSuite, planRun } from "@fastgpu/bench";
import { quantile, sortSamples } from "@fastgpu/results";
import { DevicePool } from "@fastgpu/runtime";
import { work } from "./planted-backend.mjs";

const [path, seconds = "50"] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: node record-pool.mjs <pool.jsonl> [seconds]");
const module = new URL("planted-backend.mjs", import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), "fastgpu-pool-"));
const pool = new DevicePool();
const endMs = performance.now() + Number(seconds) * 1000;

const suite = parseSuite(
  JSON.stringify({
    name: "gate-error",
    models: {
      mlp: {
        layers: [
          { kind: "input", shape: [784] },
          { kind: "dense", units: 128, activation: "sigmoid" },
          { kind: "dense", units: 10, activation: "softmax" },
        ],
        loss: "categoricalCrossentropy",
        optimizer: "adam",
      },
    },
    workloads: [
      { name: "step", kind: "train-step", model: "mlp", batchSizes: [128], stepsPerRun: [1] },
    ],
    // One thread: with as many as the machine has cores, a step stops whenever one of them does.
    matrix: { threads: [1] },
  }),
  "pool.json",
  folder,
);

const plans = new Map();

async function run(options) {
  const listDevices = (name) => pool.devices(name);
  const plan =
    plans.get(options) ??
    (await planRun(suite, { backends: [`${module}${options}`] }, listDevices));
  plans.set(options, plan);
  const record = await executeRun(plan, {
    pool,
    journalPath: join(folder, "journal.jsonl"),
    hasRoofline: false,
  });
  const [trial] = record.trials;
  if (trial?.outcome.state !== "ok") throw new Error(JSON.stringify(trial?.outcome));
  return trial;
}

/** Fastest time of one turn of the extra work, ns. */
function turnNs() {
  const count = 200_000;
  let best = Infinity;
  for (let i = 0; i < 200; i++) {
    const start = process.hrtime.bigint();
    work(count);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / count);
  }
  return best;
}

/** The first session fixes how much work is planted; later ones plant the same. */
async function plan() {
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8").split("\n")[0]).planted;
  const costs = [];
  for (let i = 0; i < 5; i++) costs.push(costNs(await run("?turns=0")));
  const stepNs = Math.min(...costs);
  const each = turnNs();
  const turns = (share) => Math.round((share * stepNs) / each);
  const planted = { stepNs, turnNs: each, p5: turns(0.05), p10: turns(0.1) };
  appendFileSync(path, `${JSON.stringify({ planted })}\n`);
  return planted;
}

function costNs(trial) {
  return quantile(sortSamples(trial.outcome.measurements.timing.latencyNs), 0.05);
}

try {
  const planted = await plan();
  const variants = [
    ["a", "?turns=0"],
    ["b", "?turns=0&same"],
    ["p5", `?turns=${planted.p5}`],
    ["p10", `?turns=${planted.p10}`],
    ["tail", `?tail=0.3&turnNs=${planted.turnNs}`],
  ];
  const session = new Date().toISOString();
  for (let round = 0; performance.now() < endMs; round++) {
    const lines = [];
    for (const [variant, options] of round % 2 === 0 ? variants : variants.toReversed()) {
      const trial = await run(options);
      lines.push(JSON.stringify({ session, round, variant, trial }));
    }
    // Only whole rounds count.
    appendFileSync(path, lines.map((line) => `${line}\n`).join(""));
    console.error(`${session} round ${round}`);
  }
} finally {
  await pool.close();
  rmSync(folder, { recursive: true });
}
