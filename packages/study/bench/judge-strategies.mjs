// How many trials a strategy needs on a space that was measured as a whole:
//   fastgpu-bench tune packages/study/bench/cnn-inference-space.json --out /tmp/space
//   node packages/study/bench/judge-strategies.mjs /tmp/space/study.jsonl [strategy,...] [seeds]
// Records of 128 configurations each on two cores are in records/: cnn-inference.jsonl.gz and cnn-training.jsonl.gz.
// Every configuration of the record is a real trial; a strategy sees its value when it asks for it. Printed per seed: trials
// until the best found is within 3% of the best there is, and the best after a fifth of the space.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import {
  parseStudyLines,
  problemOfStudy,
  Search,
  strategyNames,
  studyStateOf,
} from "@fastgpu/tuner";

const [file, names = strategyNames.filter((name) => name !== "exhaustive").join(), count = "5"] =
  process.argv.slice(2);
if (file === undefined) {
  console.error("usage: judge-strategies.mjs <study.jsonl[.gz]> [strategy,...] [seeds]");
  process.exit(2);
}
const bytes = readFileSync(file);
const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
const state = studyStateOf(parseStudyLines(text, file));
const { header } = state;
const trials = state.trials.filter(({ outcome }) => outcome !== undefined);
// A record that was cut short is a smaller space: what was not measured cannot be asked for.
const only = trials.map(({ configuration }) => configuration);
const whole = problemOfStudy(header).space.list().length;
const problem = problemOfStudy({ ...header, space: { ...header.space, only } });
const { space } = problem;
const keyOf = (configuration) => space.keyOf(space.pointOf(configuration));
const [objective] = header.objectives;
const sign = objective.direction === "maximize" ? 1 : -1;
const outcomes = new Map(trials.map((trial) => [keyOf(trial.configuration), trial.outcome]));
const valueOf = (outcome) =>
  outcome.kind === "ok" ? sign * outcome.values[objective.metric].value : -Infinity;
const best = Math.max(...[...outcomes.values()].map(valueOf));
const target = best - 0.03 * Math.abs(best);
const fifth = Math.floor(outcomes.size / 5);
const share = (value) => (sign > 0 ? value / best : best / value);
console.log(
  `${outcomes.size} of ${whole} configurations were measured, best ${Math.abs(best).toPrecision(4)}, a fifth = ${fifth}`,
);
const good = [...outcomes.values()].filter((outcome) => valueOf(outcome) >= target).length;
console.log(`${good} of them within 3% of the best`);
for (const strategy of names.split(",")) {
  const rows = [];
  for (let seed = 1; seed <= Number(count); seed++) {
    const search = new Search({ problem, strategy, seed });
    let found = -Infinity;
    let needed;
    let atFifth = -Infinity;
    // As `tune` does: the default first.
    let next = header.baseline;
    for (let trial = 1; trial <= outcomes.size && next !== undefined; trial++) {
      const outcome = outcomes.get(keyOf(next));
      search.tell({ configuration: next, outcome });
      found = Math.max(found, valueOf(outcome));
      if (found >= target) needed ??= trial;
      if (trial === fifth) atFifth = found;
      if (needed !== undefined && trial >= fifth) break;
      next = search.ask()[0]?.configuration;
    }
    rows.push({ needed: needed ?? Infinity, atFifth: share(atFifth) });
  }
  const ok = rows.filter(({ needed }) => needed <= fifth).length;
  const trialsText = rows.map(({ needed }) => needed).join(" ");
  const sharesText = rows.map(({ atFifth }) => atFifth.toFixed(3)).join(" ");
  console.log(
    `${strategy.padEnd(14)} ${ok}/${rows.length} seeds  trials ${trialsText}  at a fifth ${sharesText}`,
  );
}
