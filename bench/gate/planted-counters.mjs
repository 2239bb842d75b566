// Does the counters tier find one more dispatch, one more copy, and one more layer, with one process per side? Prints the
// verdict of each and the counters that changed; exits 1 if one was missed or identical code raised an alarm.
//
//     node bench/gate/planted-counters.mjs
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { executeComparison, openLocalSide, parseSuite, planRun } from "@fastgpu/bench";
import { comparisonSchema, defaultCostProbability, defaultLooks } from "@fastgpu/results";
import { DevicePool } from "@fastgpu/runtime";

const module = new URL("planted-backend.mjs", import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), "fastgpu-counters-"));
const pool = new DevicePool();
const { signal } = new AbortController();

function suite(layers) {
  const dense = { kind: "dense", units: 32, activation: "relu" };
  return parseSuite(
    JSON.stringify({
      name: "counters",
      models: {
        net: {
          layers: [
            { kind: "input", shape: [32] },
            ...Array(layers).fill(dense),
            { kind: "dense", units: 4 },
          ],
        },
      },
      workloads: [{ name: "net", kind: "inference", model: "net", batchSizes: [8] }],
      sampling: { minIterations: 30, minSeconds: 0.05, maxWarmupSeconds: 0.05 },
    }),
    "counters.json",
    folder,
  );
}

async function side(options, layers = 2) {
  const plan = await planRun(suite(layers), { backends: [`${module}${options}`] }, (name) =>
    pool.devices(name),
  );
  return openLocalSide(plan, { pool, signal });
}

async function compare(name, head) {
  const base = await side("?base");
  const identity = { name, fastgpu: "", fingerprint: base.description.environment.fingerprint };
  const comparison = await executeComparison({
    base,
    head,
    header: {
      schema: comparisonSchema,
      startedAt: new Date().toISOString(),
      suite: "counters",
      design: "paired",
      base: identity,
      head: identity,
      environment: base.description.environment,
      settings: {
        looks: defaultLooks,
        familyError: 0.05,
        counters: "only",
        costProbability: defaultCostProbability,
      },
      notices: [],
    },
    allowsSuiteChange: true,
    journalPath: join(folder, `${name.replaceAll(" ", "-")}.jsonl`),
    signal,
    nowMs: () => performance.now(),
  });
  const [benchmark] = comparison.benchmarks;
  console.log(
    `${name}: ${benchmark.verdict} after ${benchmark.rounds.length} round: ${benchmark.reason}`,
  );
  return benchmark.verdict;
}

try {
  const verdicts = [
    (await compare("identical code", await side("?same"))) === "PASS",
    (await compare("one more dispatch", await side("?dispatch"))) === "REGRESSED",
    (await compare("one more copy", await side("?copy"))) === "REGRESSED",
    (await compare("one more layer", await side("?base", 3))) === "REGRESSED",
  ];
  if (verdicts.includes(false)) process.exitCode = 1;
} finally {
  await pool.close();
  rmSync(folder, { recursive: true });
}
