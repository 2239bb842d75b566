// Which samples do not count, by what the machine was seen to do while they were taken. Nothing is void for its value.

import { median } from "../stats/quantile.ts";
import { sortSamples } from "../stats/sorted.ts";
import type { VoidSample } from "../measurements.ts";
import type { ConditionReading } from "./conditions.ts";

/** Samples with their place in time. */
export interface PlacedSamples {
  /** When each sample began, ns since the first one began, ascending. */
  readonly startedAtNs: readonly number[];
  /** How long each took, all of its iterations together, ns. */
  readonly durationNs: readonly number[];
}

/** A sample is void below this part of the median clock. */
const leastClockShare = 0.9;

/** Beyond this part of void samples a trial is no result. */
export const maxVoidShare = 0.2;

/**
 * The void samples, in order. A reading speaks for the time that is nearer to it than to any other reading; a sample is
 * void if any part of it lies in the time of a reading with a cause.
 *
 * @param readings - in order of time, on the clock of the samples
 */
export function findVoidSamples(
  { startedAtNs, durationNs }: PlacedSamples,
  readings: readonly ConditionReading[],
): readonly VoidSample[] {
  const clocks = readings.flatMap(({ clockMhz }) => (clockMhz === undefined ? [] : [clockMhz]));
  const usualMhz = clocks.length === 0 ? undefined : median(sortSamples(clocks));
  const spans = readings.flatMap((reading, index) => {
    const cause = causeOf(reading, usualMhz);
    if (cause === undefined) return [];
    const before = readings[index - 1];
    const after = readings[index + 1];
    return [
      {
        ...cause,
        fromNs: before === undefined ? -Infinity : (before.atNs + reading.atNs) / 2,
        toNs: after === undefined ? Infinity : (reading.atNs + after.atNs) / 2,
      },
    ];
  });
  const voids: VoidSample[] = [];
  let next = 0;
  for (const [index, from] of startedAtNs.entries()) {
    const to = from + (durationNs[index] ?? 0);
    while ((spans[next]?.toNs ?? Infinity) <= from) next += 1;
    const span = spans[next];
    if (span === undefined) break;
    if (span.fromNs < to) voids.push({ index, cause: span.cause, evidence: span.evidence });
  }
  return voids;
}

function causeOf(
  { throttledBy = [], foreignProcesses = [], clockMhz }: ConditionReading,
  usualMhz: number | undefined,
): Pick<VoidSample, "cause" | "evidence"> | undefined {
  if (foreignProcesses.length > 0) {
    return { cause: "foreign-process", evidence: foreignProcesses.join(", ") };
  }
  if (throttledBy.length > 0) return { cause: "throttled", evidence: throttledBy.join(", ") };
  if (clockMhz !== undefined && usualMhz !== undefined && clockMhz < leastClockShare * usualMhz) {
    return {
      cause: "clock-below-90-percent",
      evidence: `${Math.round(clockMhz)} MHz, median ${Math.round(usualMhz)} MHz`,
    };
  }
  return undefined;
}
