// Pools of rounds as record-pool.mjs writes them (JSON lines with all samples) or as gate-error.mjs saves them (the
// evidence of each process alone).
import { readFileSync } from "node:fs";
import { hodgesLehmann, processEvidence } from "@fastgpu/results";

/** The head and the lines of a recorded pool; half a line at the end, of a kill, is left out. */
export function readLines(path) {
  const [first, ...texts] = readFileSync(path, "utf8").trim().split("\n");
  const lines = texts.flatMap((text, index) => {
    try {
      return [JSON.parse(text)];
    } catch (error) {
      if (index === texts.length - 1) return [];
      throw new Error(`${path}:${index + 2}: must be a line of a pool, got ${error.message}`);
    }
  });
  return { planted: JSON.parse(first).planted, lines };
}

/** Rounds of recorded lines: what `take` makes of each trial, by variant. Rounds that were cut short are left out. */
export function roundsOf(lines, take) {
  const rounds = new Map();
  for (const { session, round, variant, trial } of lines) {
    const key = `${session} ${round}`;
    if (!rounds.has(key)) rounds.set(key, { session, config: trial.config, processes: {} });
    rounds.get(key).processes[variant] = take(trial);
  }
  const all = [...rounds.values()];
  const size = Math.max(...all.map(({ processes }) => Object.keys(processes).length));
  return all.filter(({ processes }) => Object.keys(processes).length === size);
}

/** A pool of evidence from either kind of file. */
export function readPool(path, costProbability) {
  if (!path.endsWith(".jsonl")) return JSON.parse(readFileSync(path, "utf8"));
  const { planted, lines } = readLines(path);
  return { planted, rounds: roundsOf(lines, (trial) => processEvidence(trial, costProbability)) };
}

/** Names of the variants of a pool but base. */
export function headsOf({ rounds }) {
  const names = new Set(rounds.flatMap(({ processes }) => Object.keys(processes)));
  names.delete("a");
  return [...names];
}

/** Rounds that have a variant: sessions may have planted different amounts. */
export function roundsWith({ rounds }, variant) {
  return rounds.filter(({ processes }) => variant in processes);
}

/** ln(variant / base) of a metric in every round that has both. */
export function logRatios(pool, variant, metric) {
  return roundsWith(pool, variant).flatMap(({ processes }) => {
    const [base, head] = [processes.a.values[metric], processes[variant].values[metric]];
    return base > 0 && head > 0 ? [Math.log(head / base)] : [];
  });
}

/**
 * The rounds of a variant with the times of head moved by one factor, so that the pool's estimate is exactly the slowdown
 * asked for: how much was really planted is known only to a per cent or so.
 */
export function movedTo(pool, variant, slowdown) {
  const factor = Math.exp(
    Math.log1p(slowdown) - hodgesLehmann(logRatios(pool, variant, "latency")),
  );
  return roundsWith(pool, variant).map(({ processes, ...rest }) => {
    const head = processes[variant];
    const { latency, throughput, median } = head.values;
    const values = {
      ...head.values,
      latency: latency * factor,
      median: median * factor,
      throughput: throughput / factor,
    };
    return { ...rest, processes: { ...processes, [variant]: { ...head, values } } };
  });
}

/** Standard deviation. */
export function deviation(x) {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  return Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (x.length - 1));
}

/** A fixed generator of indices below n, so that the figures can be repeated. */
export function randomIndices(seed) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}
