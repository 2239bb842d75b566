// How many choices of a kernel a search must measure: every choice of some products and convolutions is measured on the default
// WebGPU adapter, then strategies ask for them one by one. Needs a machine that nothing else uses.
//   node packages/cli/bench/kernel-search.mjs [budget ms of a choice] [seeds]
import { graphCost } from "@fastgpu/core";
import { loadSuite, workloadGraph } from "@fastgpu/bench";
import { Search } from "@fastgpu/tuner";
import { kernelSpace } from "../dist/jobs/kernel-space.js";
import backend from "@fastgpu/backend-webgpu";

const [budgetMs = 60, seeds = 20] = process.argv.slice(2).map(Number);
const [info] = await backend.devices();
const device = await backend.open(info, {});
const suites = [
  ["gemm", 1],
  ["cnn", 32],
];
const kernels = new Map();
for (const [name, batchSize] of suites) {
  const suite = await loadSuite(name);
  for (const workload of suite.workloads) {
    const graph = workloadGraph(suite, workload, { precision: "f32", batchSize });
    if (graph === undefined || graphCost(graph).flops > 3e9) continue;
    for (const kernel of device.tuning.kernels(graph)) kernels.set(kernel.key, kernel);
  }
}
console.log(`${info.name}, ${kernels.size} kernels, ${budgetMs} ms a choice, ${seeds} seeds`);
const milestones = [5, 10, 20, 40];
const sums = new Map();
for (const { key, name, choices } of kernels.values()) {
  const times = new Map();
  for (const choice of choices)
    times.set(choice, await device.tuning.measure(key, choice, budgetMs));
  const own = times.get(choices[0]);
  const best = Math.min(...times.values());
  console.log(
    `${name} ${key.slice(0, 110)}\n  ${choices.length} choices, own / best ${(own / best).toFixed(2)}`,
  );
  for (const strategy of ["random", "gp"]) {
    const shares = milestones.map(() => 0);
    for (let seed = 1; seed <= seeds; seed++) {
      const { space, configurationOf, choiceOf, guess } = kernelSpace(choices);
      const objectives = [{ metric: "ns", direction: "minimize" }];
      const search = new Search({
        problem: { space, objectives },
        strategy,
        seed,
        prior: { guess },
      });
      let found = Infinity;
      let next = choices[0];
      for (let trial = 1; trial <= milestones.at(-1); trial++) {
        if (next !== undefined) {
          const value = times.get(next);
          found = Math.min(found, value);
          search.tell({
            configuration: configurationOf(next),
            outcome: { kind: "ok", values: { ns: { value } } },
          });
        }
        const at = milestones.indexOf(trial);
        if (at >= 0) shares[at] += best / found / seeds;
        const [proposal] = search.ask();
        next = proposal === undefined ? undefined : choiceOf(proposal.configuration);
      }
    }
    sums.set(strategy, [...(sums.get(strategy) ?? []), shares]);
    console.log(
      `  ${strategy.padEnd(7)} ${milestones.map((n, i) => `${n}: ${shares[i].toFixed(3)}`).join("  ")}`,
    );
  }
}
for (const [strategy, rows] of sums) {
  const mean = (i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length;
  const worst = (i) => Math.min(...rows.map((row) => row[i]));
  console.log(
    `${strategy.padEnd(7)} mean (worst) ${milestones.map((n, i) => `${n}: ${mean(i).toFixed(3)} (${worst(i).toFixed(3)})`).join("  ")}`,
  );
}
await device.dispose();
