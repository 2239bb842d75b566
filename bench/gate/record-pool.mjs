// Records rounds of fresh processes for gate-error.mjs: base (a), the same code again (b), and heads with planted
// slowdowns: 5% (p5), 10% (p10), 30% in the slowest tenth of the steps (tail), 30% in every tenth step (tenth). A round runs
// all six back to back, b and tail beside a, and is reversed in every second round. Default settings: one second of samples
// per process, about three seconds with its start.
//
// Every whole round is appended to the file before the next begins, so it can be stopped at any time (Ctrl-C ends with the
// round) and goes on where it was, another day too: the first call fixes how much work is planted.
//
//     node bench/gate/record-pool.mjs [pool.jsonl] [--minutes 10] [--rounds 60] [--threads 1]
//     node bench/gate/gate-error.mjs pool.jsonl --save bench/gate/pool-1-thread.json
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { executeRun, parseSuite, planRun } from "@fastgpu/bench";
import { hodgesLehmann, processValue } from "@fastgpu/results";
import { DevicePool } from "@fastgpu/runtime";
import { work } from "./planted-backend.mjs";
import { readLines } from "./pool.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "10" },
    rounds: { type: "string", default: "Infinity" },
    threads: { type: "string" },
  },
});
const [path = "pool.jsonl"] = positionals;
// What a kill left of a line must not become the begin of the next one.
if (existsSync(path)) truncateSync(path, readFileSync(path).lastIndexOf("\n") + 1);
const known = existsSync(path) && statSync(path).size > 0 ? readLines(path) : undefined;
const threads = Number(values.threads ?? known?.planted.threads ?? 1);
if (known !== undefined && known.planted.threads !== threads) {
  throw new Error(
    `${path}: holds rounds of ${known.planted.threads} threads, got --threads ${threads}; give another file`,
  );
}
const module = new URL("planted-backend.mjs", import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), "fastgpu-pool-"));
const pool = new DevicePool();
const endMs = performance.now() + Number(values.minutes) * 60_000;
let isStopped = false;
process.on("SIGINT", () => {
  isStopped = true;
});

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
    // With as many threads as the machine has cores, a step stops whenever one of them does.
    matrix: { threads: [threads] },
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

const latency = (trial) => processValue(trial, "latency");

/** How much work is 5% and 10% of a step: guessed from the cost of a turn, then corrected by what it does to a step. */
async function plant() {
  const each = turnNs();
  const costs = [];
  for (let i = 0; i < 5; i++) costs.push(latency(await run("?turns=0")));
  const stepNs = Math.min(...costs);
  const guess = Math.round((0.1 * stepNs) / each);
  const effects = [];
  for (let i = 0; i < 4; i++) {
    const base = latency(await run("?turns=0"));
    effects.push(Math.log(latency(await run(`?turns=${guess}`)) / base));
  }
  const effect = Math.expm1(hodgesLehmann(effects));
  // A correction by more than half is noise.
  const p10 = Math.round(guess / Math.min(2, Math.max(0.5, effect / 0.1)));
  const planted = { threads, stepNs, turnNs: each, p5: Math.round(p10 / 2), p10, tenth: 3 * p10 };
  appendFileSync(path, `${JSON.stringify({ planted })}\n`);
  return planted;
}

try {
  const planted = known?.planted ?? (await plant());
  const variants = [
    ["p5", `?turns=${planted.p5}`],
    ["tenth", `?turns=${planted.tenth}&every=10`],
    ["b", "?turns=0&same"],
    ["a", "?turns=0"],
    ["tail", `?tail=0.3&turnNs=${planted.turnNs}`],
    ["p10", `?turns=${planted.p10}`],
  ];
  const session = new Date().toISOString();
  const have = new Set(known?.lines.map((line) => `${line.session} ${line.round}`)).size;
  const wanted = Number(values.rounds) - have;
  let round = 0;
  for (; round < wanted && !isStopped && performance.now() < endMs; round++) {
    const lines = [];
    for (const [variant, options] of round % 2 === 0 ? variants : variants.toReversed()) {
      const trial = await run(options);
      lines.push(JSON.stringify({ session, round, variant, trial }));
    }
    // Only whole rounds count.
    appendFileSync(path, lines.map((line) => `${line}\n`).join(""));
    console.error(`round ${have + round + 1}`);
  }
  console.log(`${path}: ${have + round} rounds; node bench/gate/gate-error.mjs ${path}`);
} finally {
  await pool.close();
  rmSync(folder, { recursive: true });
}
