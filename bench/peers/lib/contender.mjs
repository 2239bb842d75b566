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
 * Runs `run` for `seconds` and returns for each of its runs the time of a step, ns, and the processor time of a step over all
 * threads, ns, which does not grow when other programs take the processor away. Short runs are timed one by one, so that
 * one which was interrupted spoils one sample and not a block of them.
 */
export async function timeRuns(run, stepsPerRun, seconds) {
  const end = process.hrtime.bigint() + BigInt(Math.round(seconds * 1e9));
  const samples = { stepNs: [], cpuNs: [] };
  let last = process.hrtime.bigint();
  while (last < end || samples.stepNs.length < 3) {
    const before = process.cpuUsage();
    const start = process.hrtime.bigint();
    await run();
    last = process.hrtime.bigint();
    const { user, system } = process.cpuUsage(before);
    samples.stepNs.push(Number(last - start) / stepsPerRun);
    samples.cpuNs.push(((user + system) * 1e3) / stepsPerRun);
  }
  return samples;
}

/** Prints what the runner reads. */
export function report(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}
