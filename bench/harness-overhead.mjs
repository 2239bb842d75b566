// What measuring costs: the throughput that the product reports against a bare loop around the same session, the fixed
// cost of a trial, and the memory of a trial's process against that of a bare session. Run by hand, on a quiet machine:
//   node bench/harness-overhead.mjs [--rounds 100] [--threads 1]
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { initialState, predictStep, tensorFrom } from "../packages/core/dist/index.js";
import { executeRun, loadSuite, planRun } from "../packages/bench/dist/index.js";
import { loadMnist, permutation } from "../packages/data/dist/index.js";
import {
  dataSlot,
  DevicePool,
  planPrograms,
  residentProgram,
} from "../packages/runtime/dist/index.js";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    threads: { type: "string", default: "1" },
    backend: {
      type: "string",
      default: fileURLToPath(new URL("../packages/backend-onnx/dist/index.js", import.meta.url)),
    },
  },
});
const rounds = Number(flags.rounds);
const threads = Number(flags.threads);
// Short rounds: what disturbs one disturbs its neighbours too. A training step gets rounds of the length that a run
// measures between two signs of life, because few of them fit into a short one.
const roundMs = { inference: 30, training: 100 };
const module = new URL("lib/session-spy.mjs", import.meta.url).href;
const bareSession = fileURLToPath(new URL("lib/bare-session.mjs", import.meta.url));

const pool = new DevicePool();
const folder = mkdtempSync(join(tmpdir(), "fastgpu-overhead-"));
try {
  const [info] = await pool.devices(flags.backend);
  const suite = await loadSuite("quickstart");
  const { spec, loss, optimizer, metrics } = suite.models.mlp;
  const digits = await loadMnist({ seed: suite.seed, labels: "oneHot" });
  const train = digits.train.toTensors();
  const bare = {};
  console.log(
    `throughput as reported / bare loop, ${threads} thread(s), ${rounds} rounds of ${roundMs.inference} ms, half as many of ${roundMs.training} ms for training`,
  );
  for (const batch of [1, 128]) {
    await compareLoops(`inference b${batch}`, () => inference(spec, batch));
  }
  for (const steps of [1, 10]) {
    const objective = { loss, optimizer, metrics };
    bare[steps] = await compareLoops(`train step b128 x ${steps}`, () =>
      training({ model: spec, objective, batchSize: 128, data: { train } }, steps),
    );
  }
  await loopItself();
  await trialCosts(suite, bare[10]);

  async function compareLoops(name, make) {
    const device = await pool.openDevice({
      backend: flags.backend,
      device: info,
      options: { threads },
    });
    try {
      await device.runJob({ module, name: "watch" }, undefined);
      const { graph, state, inputs, isFrozen } = make();
      const resident = await device.createState(state);
      const executable = await device.compile(graph, resident, { freezeState: isFrozen });
      const fetch = graph.outputs.map((port) => port.name);
      const share = isFrozen
        ? { rounds, roundMs: roundMs.inference }
        : { rounds: Math.ceil(rounds / 2), roundMs: roundMs.training };
      const argument = { executable: executable.handle, inputs, fetch, ...share };
      const rates = await device.runJob({ module, name: "compare" }, argument);
      print(name, rates);
      const files = { modelPath: join(folder, "model.onnx"), feedsPath: join(folder, "feeds") };
      await device.runJob({ module, name: "save" }, files);
      return bareRss(files);
    } finally {
      await device.dispose();
    }
  }

  async function loopItself() {
    const device = await pool.openDevice({ backend: flags.backend, device: info });
    const { product, bare: plain } = await device.runJob({ module, name: "loopCosts" }, undefined);
    await device.dispose();
    console.log(
      `the loop itself, on a program that does nothing: ${product.toFixed(0)} ns a sample, bare ${plain.toFixed(0)} ns`,
    );
  }

  function inference(model, batch) {
    const x = tensorFrom("f32", [batch, 784], train.x.data.subarray(0, batch * 784));
    return {
      graph: predictStep(model, { batch }),
      state: initialState(model, 1),
      inputs: { x },
      isFrozen: true,
    };
  }

  function training(request, steps) {
    const programs = planPrograms(request);
    const slots = Object.entries(train).map(([port, value]) => [dataSlot("train", port), value]);
    const shape = steps === 1 ? [128] : [steps, 128];
    const data = permutation(train.x.shape[0], 1).slice(0, steps * 128);
    return {
      graph: residentProgram(programs.step(128), "train", train, steps),
      state: { ...programs.initialState, ...Object.fromEntries(slots) },
      inputs: { rows: { dtype: "i32", shape, data } },
      isFrozen: false,
    };
  }
} finally {
  await pool.close();
  rmSync(folder, { recursive: true });
}

/** The ratio of neighbouring rounds in the middle, and that of the undisturbed rounds: the fastest twentieth. */
function print(name, rates) {
  const fast = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)];
  const line = (of) => {
    const ratios = rates.product.map((rate, i) => rate / rates[of][i]).sort((a, b) => a - b);
    const median = ratios[Math.floor(ratios.length / 2)];
    return `vs ${of} ${(fast(rates.product) / fast(rates[of])).toFixed(3)} (median ${median.toFixed(3)})`;
  };
  const us = (1e6 / fast(rates.session)).toFixed(1).padStart(8);
  console.log(
    `  ${name.padEnd(20)} session.run ${us} us   ${line("session")}   ${line("executable")}`,
  );
}

/** The smallest of three, because a peak only ever grows by accident. */
function bareRss({ modelPath, feedsPath }) {
  const once = () =>
    Number(
      execFileSync(process.execPath, [bareSession, modelPath, feedsPath, String(threads), "300"], {
        encoding: "utf8",
      }),
    );
  return Math.min(once(), once(), once());
}

async function trialCosts(suite, bareBytes) {
  const plan = await planRun(
    suite,
    { backends: [flags.backend], threads: [threads], isQuick: true },
    (name) => pool.devices(name),
  );
  const record = await executeRun(plan, { pool, journalPath: join(folder, "journal.jsonl") });
  console.log("trials of quickstart: process start to first sample, peak resident memory");
  for (const { id, outcome } of record.trials) {
    if (outcome.state !== "ok") throw new Error(`${id}: ${outcome.state}`);
    const { startToFirstSampleNs, memory } = outcome.measurements;
    const ms = (startToFirstSampleNs / 1e6).toFixed(0).padStart(5);
    console.log(`  ${ms} ms ${mib(memory.peakRssBytes)} MiB  ${id}`);
  }
  const peak = Math.max(
    ...record.trials.map(({ outcome }) => outcome.measurements.memory.peakRssBytes),
  );
  console.log(
    `peak of quickstart ${mib(peak)} MiB / bare training session ${mib(bareBytes)} MiB = ${(peak / bareBytes).toFixed(2)}`,
  );
}

function mib(bytes) {
  return (bytes / 2 ** 20).toFixed(0).padStart(4);
}
