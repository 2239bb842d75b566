// Training steps of engine wasm with several numbers of threads: a process for each, in turns of at least half a second,
// so that what else the machine does meets all alike. Prints medians and, round by round, their ratios to the first, and the
// processor time of a step: on a busy machine more threads get more of it, and its split says what they share.
// Usage: node packages/backend-tfjs/bench/wasm-threads.mjs [--threads 1,2] [--models mlp,cnn] [--rounds 7]
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import backend from "../dist/index.js";
import { median, models, ours, rate } from "./networks.mjs";

const { values } = parseArgs({
  options: {
    threads: { type: "string", default: "1,2" },
    models: { type: "string", default: "mlp,cnn" },
    rounds: { type: "string", default: "7" },
    child: { type: "string" },
  },
});

if (values.child !== undefined) await serve(Number(values.child));
else await measure(values.threads.split(","), values.models.split(","), Number(values.rounds));
process.exit(0);

/** Answers every name of a network with the rate of its steps. */
async function serve(threads) {
  const device = await backend.open(await backend.find("wasm"), { threads });
  const runs = new Map();
  process.send(device.info.limits.threads);
  for (;;) {
    const [name] = await once(process, "message");
    const steps = name === "cnn" ? 4 : 20;
    if (!runs.has(name)) {
      runs.set(name, await ours(device, models[name]));
      await runs.get(name)(steps);
    }
    const before = processorMs();
    const { perSecond, done } = await rate(runs.get(name), steps);
    const after = processorMs();
    process.send({
      perSecond,
      allMs: (after.all - before.all) / done,
      mainMs: (after.main - before.main) / done,
    });
  }
}

/** Processor time so far: of the whole process, and of the thread that calls the kernels (Linux only). */
function processorMs() {
  const { user, system } = process.cpuUsage();
  const [, fields] = readFileSync(`/proc/self/task/${process.pid}/stat`, "utf8").split(") ");
  const [userTicks, systemTicks] = fields.split(" ").slice(11, 13);
  return { all: (user + system) / 1000, main: 10 * (Number(userTicks) + Number(systemTicks)) };
}

async function measure(threads, names, rounds) {
  const children = threads.map((n) => fork(fileURLToPath(import.meta.url), ["--child", n]));
  for (const child of children) await once(child, "message");
  for (const name of names) {
    const rates = children.map(() => []);
    for (let round = 0; round < rounds; round++) {
      const order = children.map((_, i) => (i + round) % children.length);
      for (const i of order) {
        children[i].send(name);
        rates[i].push((await once(children[i], "message"))[0]);
      }
    }
    threads.forEach((n, i) => {
      const speeds = rates[i].map(({ perSecond }) => perSecond);
      const ratios = speeds.map((value, round) => value / rates[0][round].perSecond);
      const list = [...ratios].sort((a, b) => a - b).map((ratio) => ratio.toFixed(2));
      const steps = median(speeds).toFixed(2);
      const mean = (of) => rates[i].reduce((sum, one) => sum + one[of], 0) / rounds;
      console.log(
        `wasm ${name} ${n} threads: ${steps} steps/s, ratio ${median(ratios).toFixed(2)} [${list.join(" ")}], ` +
          `processor time a step ${mean("allMs").toFixed(2)} ms, of the first thread ${mean("mainMs").toFixed(2)} ms`,
      );
    });
  }
  for (const child of children) child.kill();
}
