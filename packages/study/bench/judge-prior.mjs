// What knowing something beforehand is worth: the Gaussian process on recorded spaces with and without the roofline that `tune`
// gives it, and behind a study of 20 random trials on the same space.
//   node packages/study/bench/judge-prior.mjs [seeds]
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { loadSuite } from "@fastgpu/bench";
import { rooflineGuess } from "@fastgpu/study";
import { parseStudyLines, problemOfStudy, Search, studyStateOf } from "@fastgpu/tuner";

const seeds = Number(process.argv[2] ?? 40);
const milestones = [3, 5, 10, 15, 25];
const here = (path) => new URL(path, import.meta.url).pathname;

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

for (const name of ["cnn-inference", "cnn-training"]) {
  const text = gunzipSync(readFileSync(here(`records/${name}.jsonl.gz`))).toString("utf8");
  const { header, trials } = studyStateOf(parseStudyLines(text, name));
  const told = trials.filter(({ outcome }) => outcome !== undefined);
  const only = told.map(({ configuration }) => configuration);
  const problem = problemOfStudy({ ...header, space: { ...header.space, only } });
  const keyOf = (configuration) => problem.space.keyOf(problem.space.pointOf(configuration));
  const outcomes = new Map(
    told.map(({ configuration, outcome }) => [keyOf(configuration), outcome]),
  );
  const valueOf = ({ kind, values }) => (kind === "ok" ? values.throughput.value : 0);
  const best = Math.max(...[...outcomes.values()].map(valueOf));

  const suite = await loadSuite(here(`${name}-space.json`));
  const [workload] = suite.workloads;
  const config = { precision: "f32", batchSize: header.baseline.batchSize };
  const engine = { name: "onnxruntime-node", version: "unknown" };
  const info = { backend: "onnx", id: "cpu", kind: "cpu", name: "CPU", dtypes: ["f32"], engine };
  const devices = [{ name: "onnx/cpu", backend: "onnx", info }];
  const goal = { objectives: header.objectives, bounds: [] };
  const guess = rooflineGuess({
    suite,
    base: { workload, config },
    devices,
    space: header.space,
    goal,
  });
  const earlierOf = (seed) => {
    const search = new Search({ problem, strategy: "random", seed: 1000 + seed });
    return Array.from({ length: 20 }, () => {
      const [{ configuration }] = search.ask();
      const observation = { configuration, outcome: outcomes.get(keyOf(configuration)) };
      search.tell(observation);
      return observation;
    });
  };
  console.log(`${name}, ${outcomes.size} configurations, ${seeds} seeds\n  ${guess}`);
  const priors = {
    nothing: () => ({}),
    roofline: () => ({ guess }),
    "20 earlier trials and roofline": (seed) => ({ guess, earlier: earlierOf(seed) }),
  };
  for (const [label, priorOf] of Object.entries(priors)) {
    const needed = [];
    const shares = milestones.map(() => 0);
    for (let seed = 1; seed <= seeds; seed++) {
      const search = new Search({ problem, strategy: "gp", seed, prior: priorOf(seed) });
      let found = 0;
      let reached = Infinity;
      // As `tune` does: the default first.
      let next = header.baseline;
      for (let trial = 1; trial <= outcomes.size && next !== undefined; trial++) {
        const outcome = outcomes.get(keyOf(next));
        search.tell({ configuration: next, outcome });
        found = Math.max(found, valueOf(outcome));
        if (found >= 0.97 * best) reached = Math.min(reached, trial);
        const at = milestones.indexOf(trial);
        if (at >= 0) shares[at] += found / best / seeds;
        if (reached < Infinity && trial >= milestones.at(-1)) break;
        next = search.ask()[0]?.configuration;
      }
      needed.push(reached);
    }
    const texts = milestones.map((trial, i) => `${trial}: ${shares[i].toFixed(3)}`).join("  ");
    const most = Math.max(...needed);
    console.log(
      `  ${label.padEnd(31)} within 3% after ${median(needed)} trials, at most ${most}   ${texts}`,
    );
  }
}
