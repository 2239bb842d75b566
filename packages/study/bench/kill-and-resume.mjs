// Kills a study with SIGKILL at random moments and resumes it, until it is done; then compares what it asked with what an
// undisturbed study of the same seed asked.
//   node packages/study/bench/kill-and-resume.mjs [kills] [trials] [strategy]
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseStudyLines } from "@fastgpu/tuner";
import { launcher, writeSuite } from "./failing-suite.mjs";

const [kills = "20", trials = "30", strategy = "gp"] = process.argv.slice(2);
const { folder, path } = writeSuite();

function run(out, resume, killAfterMs) {
  const call = [launcher, "tune", path, "--out", out, "--trials", trials, "--strategy", strategy];
  const child = spawn(process.execPath, [...call, ...(resume ? ["--resume"] : [])], {
    stdio: "ignore",
  });
  const timer =
    killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  return new Promise((resolve) => {
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal });
    });
  });
}

const asked = (out) =>
  parseStudyLines(readFileSync(join(out, "study.jsonl"), "utf8"), out).filter(
    ({ kind }) => kind === "ask",
  );

const whole = join(folder, "whole");
const startedAt = Date.now();
const { status } = await run(whole, false);
if (status !== 0) throw new Error(`the undisturbed study ended with ${status}`);
const wholeMs = Date.now() - startedAt;

const killed = join(folder, "killed");
let done = 0;
let kept = 0;
while (done < Number(kills)) {
  const isStarted = existsSync(join(killed, "study.jsonl"));
  // Long enough that most calls get past their start, short enough that the study outlasts all of them.
  const ended = await run(
    killed,
    isStarted,
    300 + Math.random() * ((2 * wholeMs) / Number(kills) + 2000),
  );
  if (ended.signal !== "SIGKILL") break;
  done++;
  if (existsSync(join(killed, "study.jsonl"))) kept = asked(killed).length;
  console.log(`kill ${done}: ${kept} of ${trials} trials asked`);
}
const last = await run(killed, true);
const [a, b] = [asked(whole), asked(killed)];
const same =
  a.length === b.length && a.every((line, i) => JSON.stringify(line) === JSON.stringify(b[i]));
console.log(
  `${done} kills, ${b.length} trials, last run ended with ${last.status}; proposals ${same ? "are those" : "DIFFER from those"} of the undisturbed study`,
);
process.exitCode = same && last.status === 0 ? 0 : 1;
