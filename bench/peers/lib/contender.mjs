// What the contenders, each a process of its own, have in common: arguments, the timed loop, and the line they print.
import { MODELS } from "./models.mjs";

/** Arguments of a contender: `<model> <threads> <seconds>`. */
export function contenderArguments() {
  const [name, threads, seconds] = process.argv.slice(2);
  const model = MODELS[name];
  if (model === undefined) throw new Error(`contender: model must be mlp or cnn, got ${name}`);
  return { name, model, threads: Number(threads), seconds: Number(seconds) };
}

/**
 * Runs `run` for `seconds` and returns the time of a step in each of its runs, ns, and the processor time of a step, which
 * does not grow when other programs take the processor away. Short runs are timed one by one, so
 * that a run which another process interrupted spoils one sample and not a block of them.
 */
export async function timeRuns(run, stepsPerRun, seconds) {
  const end = process.hrtime.bigint() + BigInt(Math.round(seconds * 1e9));
  const stepNs = [];
  const cpu = process.cpuUsage();
  for (let last = process.hrtime.bigint(); last < end || stepNs.length < 3;) {
    await run();
    const now = process.hrtime.bigint();
    stepNs.push(Number(now - last) / stepsPerRun);
    last = now;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { stepNs, cpuNs: ((user + system) * 1e3) / (stepNs.length * stepsPerRun) };
}

/** Prints what the runner reads. */
export function report(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}
