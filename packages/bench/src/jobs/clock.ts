// What the clock costs and how finely it divides time.
import { calibrateTimerOverhead, performanceNowTimestampProvider } from "tinybench";

/** The clock that samples are taken with. */
export interface Clock {
  /** Cost of one reading, ns. */
  readonly overheadNs: number;
  /** Smallest step that two readings were seen to differ by, ns. */
  readonly resolutionNs: number;
}

const readings = 20_000;

/** Measures the clock; takes some milliseconds. */
export function calibrateClock(): Clock {
  const overheadMs = calibrateTimerOverhead(performanceNowTimestampProvider);
  let resolutionMs = Infinity;
  let before = performance.now();
  for (let i = 0; i < readings; i++) {
    const now = performance.now();
    if (now > before) resolutionMs = Math.min(resolutionMs, now - before);
    before = now;
  }
  return {
    overheadNs: Math.round(overheadMs * 1e6),
    resolutionNs: Number.isFinite(resolutionMs) ? Math.max(1, Math.round(resolutionMs * 1e6)) : 0,
  };
}

/**
 * Iterations between two readings, so that a sample is at least 100 steps of the clock: then its error is at most 1%.
 *
 * @param iterationNs - duration of one iteration
 */
export function iterationsPerSample(iterationNs: number, clock: Clock): number {
  const stepNs = Math.max(clock.overheadNs, clock.resolutionNs);
  return Math.min(10_000, Math.max(1, Math.ceil((100 * stepNs) / Math.max(1, iterationNs))));
}
