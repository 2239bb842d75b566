// A real study on this machine, whole: every configuration of a space measured, strategies judged on that record, then a
// search of a fifth as many trials, as a user would start it, with its proof against the default. Needs a machine that
// nothing else uses.
//   node packages/study/bench/real-study.mjs [cnn-training|cnn-inference] [out folder]
// The record stays in <out>/space/study.jsonl (gzip it into records/), the study with its report in <out>/search. A run that
// was cut off goes on when it is started again with the same folder.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launcher } from "./failing-suite.mjs";

const [name = "cnn-training", out = `fastgpu-results/real-${name}`] = process.argv.slice(2);
const suite = fileURLToPath(new URL(`${name}-space.json`, import.meta.url));
const judge = fileURLToPath(new URL("judge-strategies.mjs", import.meta.url));

function run(...call) {
  const { status } = spawnSync(process.execPath, call, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/** Starts a study, or goes on with the one in its folder. */
function tune(folder, ...options) {
  const journal = join(folder, "study.jsonl");
  const resumed = existsSync(journal) ? ["--resume"] : [];
  run(launcher, "tune", suite, "--out", folder, ...options, ...resumed);
  return journal;
}

const journal = tune(join(out, "space"));
run(judge, journal, "gp,random", "5");
const measured = readFileSync(journal, "utf8").match(/^{"kind":"tell"/gm)?.length ?? 0;
const trials = String(Math.max(2, Math.floor(measured / 5)));
tune(join(out, "search"), "--strategy", "gp", "--trials", trials, "--rounds", "10");
