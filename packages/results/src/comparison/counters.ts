// The counters tier: numbers without noise, decided with one process per side on any machine.

import type { Counters } from "../measurements.ts";

/** A counter on both sides. */
export interface CounterComparison {
  readonly name: keyof Counters;
  readonly base: number;
  readonly head: number;
  readonly verdict: "REGRESSED" | "IMPROVED" | "PASS";
}

const counterNames: readonly (keyof Counters)[] = [
  "dispatches",
  "pipelinesCompiled",
  "bytesUp",
  "bytesDown",
  "liveTensors",
  "liveBytes",
  "peakBytes",
  "graphNodes",
  "flops",
  "bytesMoved",
];

/** Counts per iteration are quotients; their rounding is no change. */
const rounding = 1e-9;

/**
 * Compares the counters that both sides kept.
 *
 * @param margin - relative growth that is allowed, 0 = none; growth from 0 is always a regression
 */
export function compareCounters(
  base: Counters,
  head: Counters,
  margin = 0,
): readonly CounterComparison[] {
  return counterNames.flatMap((name) => {
    const [a, b] = [base[name], head[name]];
    if (a === undefined || b === undefined) return [];
    return [{ name, base: a, head: b, verdict: verdictOf(a, b, margin) }];
  });
}

function verdictOf(base: number, head: number, margin: number): CounterComparison["verdict"] {
  const slack = Math.max(rounding, margin) * base;
  if (head > base + slack) return "REGRESSED";
  return head < base - slack ? "IMPROVED" : "PASS";
}
