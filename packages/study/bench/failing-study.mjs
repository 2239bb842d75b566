// A study in which a third of all configurations fail: does it complete, and does it learn where not to go?
//   node packages/study/bench/failing-study.mjs [trials] [strategy,...] [seeds]
// Printed: outcomes, the share of failing proposals in each half, and the best found against the best there is.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseStudyLines, problemOfStudy, studyStateOf } from "@fastgpu/tuner";
import { durationMs, failureOf } from "../test/fixtures/tuned-backend.mjs";
import { launcher, writeSuite } from "./failing-suite.mjs";

const [trials = "60", strategies = "gp,random", seeds = "1"] = process.argv.slice(2);
for (const strategy of strategies.split(",")) {
  for (let seed = 1; seed <= Number(seeds); seed++) {
    const { folder, path } = writeSuite();
    const out = join(folder, "out");
    const call = [launcher, "tune", path, "--out", out, "--trials", trials, "--strategy", strategy];
    const ended = spawnSync(process.execPath, [...call, "--seed", String(seed)], {
      encoding: "utf8",
    });
    if (ended.status !== 0) throw new Error(`tune ended with ${ended.status}: ${ended.stderr}`);
    report(strategy, seed, readFileSync(join(out, "study.jsonl"), "utf8"));
  }
}

function report(strategy, seed, text) {
  const state = studyStateOf(parseStudyLines(text, "study.jsonl"));
  const { space } = problemOfStudy(state.header);
  const all = space.list().map((point) => space.configurationOf(point));
  const bad = all.filter((configuration) => failureOf(configuration) !== undefined).length;
  const best = Math.min(...all.filter((one) => failureOf(one) === undefined).map(durationMs));
  const proposals = state.trials.filter(({ origin }) => origin === "strategy");
  const half = proposals.length >> 1;
  const share = (list) => {
    const failed = list.filter(({ outcome }) => outcome.kind !== "ok").length;
    return `${failed}/${list.length} = ${((100 * failed) / list.length).toFixed(1)}%`;
  };
  const counts = {};
  for (const { outcome } of state.trials) {
    const name = outcome.kind === "failed" ? outcome.cause : outcome.kind;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  const found = Math.min(
    ...state.trials
      .filter(({ outcome }) => outcome.kind === "ok")
      .map((one) => durationMs(one.configuration)),
  );
  console.log(
    `${strategy} seed ${seed}: ${state.trials.length} trials of ${all.length} configurations (${((100 * bad) / all.length).toFixed(0)}% fail), ` +
      `${JSON.stringify(counts)}\n  failing proposals: first half ${share(proposals.slice(0, half))}, ` +
      `second half ${share(proposals.slice(half))}; best found ${(best / found).toFixed(3)} of the best`,
  );
}
