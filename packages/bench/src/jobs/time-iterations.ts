// The inner loop of a measurement, driven by tinybench. Each iteration times itself, because tinybench sorts the samples
// it takes and a record keeps them in order.
import { Bench } from "tinybench";

/** Both must be reached before the loop ends. */
export interface LoopLimits {
  readonly minIterations: number;
  readonly minElapsedNs: number;
}

/**
 * Times iterations one after another.
 *
 * @param iterate - one iteration, device sync included
 * @returns The duration of each in order, integer ns, at least one.
 */
export async function timeIterations(
  iterate: () => Promise<void>,
  { minIterations, minElapsedNs }: LoopLimits,
): Promise<number[]> {
  const samplesNs: number[] = [];
  const bench = new Bench({
    iterations: Math.max(1, minIterations),
    time: minElapsedNs / 1e6,
    warmup: false,
    throws: true,
  });
  const timed = async (): Promise<{ readonly overriddenDuration: number }> => {
    const startedAt = process.hrtime.bigint();
    await iterate();
    const durationNs = Number(process.hrtime.bigint() - startedAt);
    samplesNs.push(durationNs);
    return { overriddenDuration: durationNs / 1e6 };
  };
  await bench.add("iteration", timed, { async: true }).run();
  return samplesNs;
}
