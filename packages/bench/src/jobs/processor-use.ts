// How busy the processors were with the work of others: what the scheduler counts for all, less what this process used.
import { availableParallelism, cpus } from "node:os";

/** Counters at one moment. */
export interface ProcessorUse {
  readonly atMs: number;
  /** Busy time of all cores, ms. */
  readonly busyMs: number;
  /** Time of this process, ms. */
  readonly ownMs: number;
}

/** Reads the counters; about 50 us. */
export function processorUse(): ProcessorUse {
  const busyMs = cpus().reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  );
  const { user, system } = process.cpuUsage();
  return { atMs: performance.now(), busyMs, ownMs: (user + system) / 1e3 };
}

/**
 * Busy time of others / (elapsed time x cores), 1 = 100%; undefined under 50 ms, where the counters' steps of 10 ms
 * decide.
 */
export function foreignShare(before: ProcessorUse, after: ProcessorUse): number | undefined {
  const elapsedMs = after.atMs - before.atMs;
  if (elapsedMs < 50) return undefined;
  const foreignMs = after.busyMs - before.busyMs - (after.ownMs - before.ownMs);
  return Math.min(1, Math.max(0, foreignMs / (elapsedMs * availableParallelism())));
}
