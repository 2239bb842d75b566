// How often is the gate wrong? Takes a pool of rounds of fresh processes (record-pool.mjs) and lets the product's own
// decision (compareRounds: counters, looks, Holm, guards) judge rounds drawn from it with replacement, as `compare` would
// ask for them: 1, 10, 20, 30. What is real: every process, every pair of a round, the decision. What is resampled: which
// rounds meet in one verdict. Verdicts of rounds in the order they were measured, without drawing, are printed too.
//
//     node bench/gate/gate-error.mjs pool.jsonl [--verdicts 1000] [--last-sessions n] [--save pool.json]
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  clopperPearson,
  compareRounds,
  defaultCostProbability,
  defaultLooks,
  hodgesLehmann,
  median,
  processEvidence,
  signedRankInterval,
  sortSamples,
} from "@fastgpu/results";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    verdicts: { type: "string", default: "1000" },
    "cost-probability": { type: "string", default: String(defaultCostProbability) },
    save: { type: "string" },
  },
});
const [path] = positionals;
if (path === undefined) throw new Error("usage: node gate-error.mjs <pool> [--verdicts n]");
const costProbability = Number(values["cost-probability"]);
const settings = { looks: defaultLooks, familyError: 0.05, counters: "gate", costProbability };

/** A pool as recorded has trials with all samples; a saved one has the evidence of each process. */
function readPool() {
  const text = readFileSync(path, "utf8");
  if (!path.endsWith(".jsonl")) return JSON.parse(text);
  const [first, ...lines] = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const rounds = new Map();
  for (const { session, round, variant, trial } of lines) {
    const key = `${session} ${round}`;
    if (!rounds.has(key)) rounds.set(key, { session, config: trial.config, processes: {} });
    rounds.get(key).processes[variant] = processEvidence(trial, costProbability);
  }
  const whole = [...rounds.values()].filter(({ processes }) => Object.keys(processes).length === 5);
  return { planted: first.planted, rounds: whole };
}

/** Rounds that have a variant: sessions may have planted different amounts. */
const roundsOf = (variant) => rounds.filter(({ processes }) => variant in processes);
const variants = () => [...new Set(rounds.flatMap(({ processes }) => Object.keys(processes)))];

const pool = readPool();
if (values.save !== undefined) writeFileSync(values.save, `${JSON.stringify(pool)}\n`);
const { rounds } = pool;
const sessions = new Set(rounds.map(({ session }) => session)).size;
console.log(`${rounds.length} rounds of 5 fresh processes in ${sessions} sessions`);

const percent = (share, digits = 1) => `${(share * 100).toFixed(digits)}%`;
const deviation = (x) => {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  return Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (x.length - 1));
};
const ratios = (variant, name) =>
  roundsOf(variant).map(({ processes }) =>
    Math.log(processes[variant].values[name] / processes.a.values[name]),
  );

console.log(
  "\nwhat was planted, measured over the whole pool (95% interval), and the noise of a pair",
);
for (const name of ["latency", "throughput", "median", "p95", "peakMemory"]) {
  const planted = variants().filter((variant) => variant !== "a");
  const parts = planted.map((variant) => {
    const d = ratios(variant, name);
    const interval = signedRankInterval(d, 0.025);
    const range =
      interval === undefined ? "" : ` [${percent(interval.low)}, ${percent(interval.high)}]`;
    return `${variant} ${percent(hodgesLehmann(d))}${range}`;
  });
  console.log(
    `  ${name.padEnd(11)} sd ${percent(deviation(ratios("b", name)))}  ${parts.join("  ")}`,
  );
}

/** A fixed generator, so that the figures can be repeated. */
function randomIndices(seed) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** One verdict: rounds from `next` until no more are wanted. */
function verdictOf(variant, next) {
  const taken = [];
  for (;;) {
    const [judged] = compareRounds(
      [
        {
          key: "pool",
          config: rounds[0].config,
          presence: "both",
          margins: {},
          noiseFloors: {},
          rounds: taken,
        },
      ],
      settings,
    );
    if (taken.length > 0 && judged.wantedRounds === 0) return judged;
    while (taken.length < Math.max(1, judged.wantedRounds)) {
      const drawn = next();
      if (drawn === undefined) return undefined;
      const pair = [drawn.processes.a, drawn.processes[variant]];
      const [base, head] = drawn.isSwapped ? pair.toReversed() : pair;
      taken.push({
        round: taken.length,
        first: taken.length % 2 === 0 ? "base" : "head",
        base,
        head,
      });
    }
  }
}

function describe(name, judged, wanted) {
  const count = (verdict) => judged.filter((one) => one.verdict === verdict).length;
  const hits = count(wanted);
  const { low, high } = clopperPearson(hits, judged.length, 0.9);
  const roundCounts = judged.map((one) => one.rounds.length);
  const durations = judged.map((one) =>
    one.rounds.reduce((sum, { base, head }) => sum + base.durationNs + head.durationNs, 0),
  );
  const by = (metric) =>
    judged.filter((one) => one.metrics.some((m) => m.name === metric && m.verdict === wanted))
      .length;
  console.log(
    `  ${name.padEnd(28)} ${judged.length} verdicts: ${hits} ${wanted} = ${percent(hits / judged.length)} (95% bounds ${percent(low, 2)}, ${percent(high, 2)}), ` +
      `${count("PASS")} PASS, ${count("UNDECIDED")} UNDECIDED, ${count("IMPROVED")} IMPROVED; by latency ${by("latency")}, throughput ${by("throughput")}, median ${by("median")}, p95 ${by("p95")}, memory ${by("peakMemory")}; ` +
      `median ${median(sortSamples(roundCounts))} rounds, ${(median(sortSamples(durations)) / 1e9).toFixed(0)} s`,
  );
}

/**
 * The same rounds with the times of head moved by one factor, so that the pool's estimate is exactly the slowdown asked
 * for: how much was really planted is known only to a per cent or so.
 */
function movedTo(slowdown, variant) {
  if (roundsOf(variant).length === 0) return [];
  const factor = Math.exp(Math.log1p(slowdown) - hodgesLehmann(ratios(variant, "latency")));
  return roundsOf(variant).map(({ processes, ...rest }) => {
    const head = processes[variant];
    const { latency, throughput, median: middle } = head.values;
    const values = {
      ...head.values,
      latency: latency * factor,
      median: middle * factor,
      throughput: throughput / factor,
    };
    return { ...rest, processes: { ...processes, [variant]: { ...head, values } } };
  });
}

const words = { b: "identical code", tail: "slowest tenth 30% slower" };
const cases = variants()
  .filter((variant) => variant !== "a")
  .map((variant) => [words[variant] ?? `${variant.slice(1)}% slower`, variant]);

console.log(
  "\nverdicts on rounds drawn with replacement (identical code: base and head change places at random)",
);
for (const [name, variant] of cases) {
  const random = randomIndices(1);
  const known = roundsOf(variant);
  const judged = Array.from({ length: Number(values.verdicts) }, () =>
    verdictOf(variant, () => ({
      ...known[random(known.length)],
      // A pool whose pairs lean to one side by chance would lean in every verdict.
      isSwapped: variant === "b" && random(2) === 1,
    })),
  );
  describe(name, judged, "REGRESSED");
}
for (const [variant, slowdown] of [
  ["p5", 0.05],
  ["p7", 0.05],
  ["p10", 0.1],
  ["p12", 0.1],
]) {
  const moved = movedTo(slowdown, variant);
  if (moved.length === 0) continue;
  const random = randomIndices(1);
  const judged = Array.from({ length: Number(values.verdicts) }, () =>
    verdictOf(variant, () => moved[random(moved.length)]),
  );
  describe(`${variant} moved to exactly ${slowdown * 100}%`, judged, "REGRESSED");
}
console.log("\nverdicts on rounds in the order of measuring, each used once");
for (const [name, variant] of cases) {
  let position = 0;
  const known = roundsOf(variant);
  const judged = [];
  for (;;) {
    const verdict = verdictOf(variant, () => known[position++]);
    if (verdict === undefined) break;
    judged.push(verdict);
  }
  if (judged.length > 0) describe(name, judged, "REGRESSED");
}
