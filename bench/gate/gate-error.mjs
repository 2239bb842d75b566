// How often is the gate wrong? Takes pools of rounds of fresh processes (record-pool.mjs; without arguments those in this
// folder) and lets the product's own decision (compareRounds: counters, looks, Holm, guards) judge rounds drawn from them
// with replacement, as `compare` would ask for them: 1, 10, 20, 30. What is real: every process, every pair of a round, the
// decision. What is resampled: which rounds meet in one verdict; rounds in the order of measuring, each used once, are
// judged too. Prints false alarms with their bound, what is caught, rounds and wall time; --details all the rest.
//
//     node bench/gate/gate-error.mjs [pool]... [--verdicts 1000] [--details] [--save pool.json]
import { readdirSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  clopperPearson,
  compareRounds,
  defaultCostProbability,
  defaultLooks,
  gateMetricNames,
  hodgesLehmann,
  median,
  signedRankInterval,
  sortSamples,
} from "@fastgpu/results";
import {
  deviation,
  headsOf,
  logRatios,
  movedTo,
  randomIndices,
  readPool,
  roundsWith,
} from "./pool.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    verdicts: { type: "string", default: "1000" },
    "cost-probability": { type: "string", default: String(defaultCostProbability) },
    details: { type: "boolean", default: false },
    save: { type: "string" },
  },
});
const costProbability = Number(values["cost-probability"]);
const settings = { looks: defaultLooks, familyError: 0.05, counters: "gate", costProbability };
const verdicts = Number(values.verdicts);
const percent = (share, digits = 1) => `${(share * 100).toFixed(digits)}%`;

/** One verdict: rounds from `next` until no more are wanted; undefined when `next` has no more. */
function verdictOf(variant, next) {
  const taken = [];
  for (;;) {
    const evidence = { presence: "both", margins: {}, noiseFloors: {}, rounds: taken };
    const { config } = taken[0] ?? {};
    const [judged] = compareRounds([{ key: "pool", config, ...evidence }], settings);
    if (taken.length > 0 && judged.wantedRounds === 0) return judged;
    while (taken.length < Math.max(1, judged.wantedRounds)) {
      const drawn = next();
      if (drawn === undefined) return undefined;
      const pair = [drawn.processes.a, drawn.processes[variant]];
      const [base, head] = drawn.isSwapped ? pair.toReversed() : pair;
      const first = taken.length % 2 === 0 ? "base" : "head";
      taken.push({ round: taken.length, config: drawn.config, first, base, head });
    }
  }
}

/** Verdicts on rounds drawn with replacement. */
function draw(variant, rounds) {
  const random = randomIndices(1);
  return Array.from({ length: verdicts }, () =>
    verdictOf(variant, () => ({
      ...rounds[random(rounds.length)],
      // A pool whose pairs lean to one side by chance would lean in every verdict.
      isSwapped: variant === "b" && random(2) === 1,
    })),
  );
}

/** Verdicts on rounds in order, each used once. */
function inOrder(variant, rounds) {
  const judged = [];
  for (let position = 0; ;) {
    const verdict = verdictOf(variant, () => rounds[position++]);
    if (verdict === undefined) return judged;
    judged.push(verdict);
  }
}

function summaryOf(name, judged) {
  const count = (verdict) => judged.filter((one) => one.verdict === verdict).length;
  const regressed = count("REGRESSED");
  const seconds = judged.map(({ rounds }) =>
    rounds.reduce((sum, { base, head }) => sum + (base.durationNs + head.durationNs) / 1e9, 0),
  );
  const by = (metric) =>
    judged.filter((one) => one.metrics.some((m) => m.name === metric && m.verdict === "REGRESSED"))
      .length;
  const { low, high } = clopperPearson(regressed, judged.length, 0.9);
  return {
    case: name,
    verdicts: judged.length,
    REGRESSED: percent(regressed / judged.length),
    "95% bounds": `${percent(low, 2)}, ${percent(high, 2)}`,
    PASS: count("PASS"),
    UNDECIDED: count("UNDECIDED"),
    IMPROVED: count("IMPROVED"),
    "median rounds": median(sortSamples(judged.map(({ rounds }) => rounds.length))),
    "wall time": `${median(sortSamples(seconds)).toFixed(0)} s`,
    "caught by": gateMetricNames
      .filter((metric) => by(metric) > 0)
      .map((metric) => `${metric} ${by(metric)}`)
      .join(", "),
  };
}

/** What was planted, measured over the whole pool with its 95% interval, and the noise of a pair of identical processes. */
function plantedIn(pool) {
  return gateMetricNames.flatMap((metric) => {
    const noise = logRatios(pool, "b", metric);
    if (noise.length < 2) return [];
    const effects = headsOf(pool).map((variant) => {
      const d = logRatios(pool, variant, metric);
      const range = signedRankInterval(d, 0.025);
      const ends = range === undefined ? "" : ` [${percent(range.low)}, ${percent(range.high)}]`;
      return [variant, `${percent(hodgesLehmann(d))}${ends}`];
    });
    return [{ metric, "sd of a pair": percent(deviation(noise)), ...Object.fromEntries(effects) }];
  });
}

const words = {
  b: "identical code",
  tail: "slowest tenth 30% slower",
  tenth: "every tenth step 30% slower",
};
const exact = { p5: 0.05, p7: 0.05, p10: 0.1, p12: 0.1 };

function judgePool(path) {
  const pool = readPool(path, costProbability);
  if (values.save !== undefined) writeFileSync(values.save, `${JSON.stringify(pool)}\n`);
  const sessions = new Set(pool.rounds.map(({ session }) => session)).size;
  console.log(`\n${basename(path)}: ${pool.rounds.length} rounds in ${sessions} sessions`);
  const heads = headsOf(pool).sort((a, b) => Number(b === "b") - Number(a === "b"));
  const table = [];
  for (const variant of heads) {
    const slowdown = exact[variant];
    const rounds =
      slowdown === undefined ? roundsWith(pool, variant) : movedTo(pool, variant, slowdown);
    const name =
      slowdown === undefined
        ? words[variant]
        : `${slowdown * 100}% slower (${variant} moved to it)`;
    table.push(summaryOf(name, draw(variant, rounds)));
  }
  console.table(Object.fromEntries(table.map(({ case: name, ...rest }) => [name, rest])));
  if (!values.details) return;
  console.log("planted and noise:");
  console.table(Object.fromEntries(plantedIn(pool).map(({ metric, ...rest }) => [metric, rest])));
  console.log("as planted, and in the order of measuring with each round used once:");
  const ordered = heads.flatMap((variant) => {
    const judged = inOrder(variant, roundsWith(pool, variant));
    const drawn = draw(variant, roundsWith(pool, variant));
    return [
      ...(variant in exact ? [summaryOf(`${variant} as planted`, drawn)] : []),
      ...(judged.length === 0 ? [] : [summaryOf(`${variant} in order`, judged)]),
    ];
  });
  console.table(Object.fromEntries(ordered.map(({ case: name, ...rest }) => [name, rest])));
}

const folder = fileURLToPath(new URL(".", import.meta.url));
const shipped = readdirSync(folder).filter((name) => /^pool-.*\.json$/.test(name));
const paths = positionals.length > 0 ? positionals : shipped.map((name) => `${folder}${name}`);
if (values.save !== undefined && paths.length !== 1) {
  throw new Error(`--save: must come with one pool, got ${paths.length}`);
}
for (const path of paths) judgePool(path);
