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

// A killed study gets on by some trials each time, also where one of them hangs until its time-out; one that is done is compared, and the next one is begun.
let done = 0;
let differ = 0;
let studies = 0;
while (done < Number(kills)) {
  const killed = join(folder, `killed-${++studies}`);
  for (;;) {
    const isStarted = existsSync(join(killed, "study.jsonl"));
    const afterMs = done < Number(kills) ? 500 + Math.random() * wholeMs * 0.6 : undefined;
    const ended = await run(killed, isStarted, afterMs);
    if (ended.signal !== "SIGKILL") {
      if (ended.status !== 0) throw new Error(`a resumed study ended with ${ended.status}`);
      break;
    }
    const count = existsSync(join(killed, "study.jsonl")) ? asked(killed).length : 0;
    console.log(`kill ${++done}: ${count} of ${trials} trials asked`);
  }
  const [a, b] = [asked(whole), asked(killed)].map((lines) => JSON.stringify(lines));
  if (a !== b) differ++;
}
console.log(
  `${done} kills in ${studies} studies of ${trials} trials: ${studies - differ} of ${studies} asked exactly what the undisturbed study asked`,
);
process.exitCode = differ === 0 ? 0 : 1;
