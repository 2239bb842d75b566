// Which number of a process shows a slower tail? Compares statistics on recorded pools: how much each differs between
// identical processes that ran back to back (a and b), and how often 30% in the slow steps of b is caught by it alone with a
// margin of 10%, at the default looks. The slowdowns are put into the recorded samples, so that all statistics see the same:
//
//   slowest    30% on what is among the slowest tenth of the latest 200 steps: the disturbed steps of a noisy machine
//   every      30% on every tenth step: a tail of the work's own
//   own        every tenth step takes twice as long in base, and 2.6 times in head
//
// The gate has the two that are best at one of them each: the slowest tenth over p85 (tail), and the slowest of blocks of
// 12, q5 (quietTail).
//
//     node bench/gate/tail-statistics.mjs <pool.jsonl>... [--margin 0.1] [--verdicts 1000]
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { defaultLooks, judge, quantile, sortSamples } from "@fastgpu/results";
import { deviation, randomIndices, readLines, roundsOf } from "./pool.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    margin: { type: "string", default: "0.1" },
    verdicts: { type: "string", default: "1000" },
  },
});
const margin = Math.log1p(Number(values.margin));

/** Mean logarithm of the samples between two ranks, as a share of all. */
function meanLog(sorted, from, to) {
  const [first, end] = [Math.round(from * sorted.length), Math.round(to * sorted.length)];
  let sum = 0;
  for (let i = first; i < end; i++) sum += Math.log(sorted[i]);
  return sum / (end - first);
}

const logQuantile = (sorted, p) => Math.log(quantile(sorted, p));

/** A statistic of blocks of the samples in their order, and of the blocks a quantile. */
const ofBlocks = (size, outer, inner) => (samples) => {
  const count = Math.max(1, Math.floor(samples.length / size));
  const each = Math.floor(samples.length / count);
  const blocks = Array.from({ length: count }, (_, i) => samples.slice(i * each, (i + 1) * each));
  return quantile(sortSamples(blocks.map((block) => inner(sortSamples(block)))), outer);
};
const ofAll = (inner) => (samples) => inner(sortSamples(samples));
/** Each step over the median of its neighbours. */
const ofNeighbours = (reach, inner) => (samples) =>
  inner(
    sortSamples(
      samples.map(
        (ns, i) =>
          ns / quantile(sortSamples(samples.slice(Math.max(0, i - reach), i + reach + 1)), 0.5),
      ),
    ),
  );

const excess = (reference) => (sorted) => meanLog(sorted, 0.9, 1) - logQuantile(sorted, reference);

/** Logarithms of what stands for a process. */
const statistics = {
  p95: ofAll((sorted) => logQuantile(sorted, 0.95)),
  "p95 / p5": ofAll((sorted) => logQuantile(sorted, 0.95) - logQuantile(sorted, 0.05)),
  "slowest tenth": ofAll((sorted) => meanLog(sorted, 0.9, 1)),
  "slowest tenth / p50": ofAll(excess(0.5)),
  "slowest tenth / p80": ofAll(excess(0.8)),
  "slowest tenth / p85": ofAll(excess(0.85)),
  "slowest tenth / p88": ofAll(excess(0.88)),
  "p90 to p95 / p85": ofAll((sorted) => meanLog(sorted, 0.9, 0.95) - logQuantile(sorted, 0.85)),
  "p90 of blocks of 50, q25": ofBlocks(50, 0.25, (sorted) => logQuantile(sorted, 0.9)),
  "slowest tenth / p85 of blocks of 100, q25": ofBlocks(100, 0.25, excess(0.85)),
  "slowest tenth / p85 of blocks of 200, q50": ofBlocks(200, 0.5, excess(0.85)),
  "slowest of blocks of 12, q5": ofBlocks(12, 0.05, (sorted) => logQuantile(sorted, 1)),
  "slowest of blocks of 12, q20": ofBlocks(12, 0.2, (sorted) => logQuantile(sorted, 1)),
  "slowest of blocks of 20, q5": ofBlocks(20, 0.05, (sorted) => logQuantile(sorted, 1)),
  "slowest tenth over neighbours": ofNeighbours(5, (sorted) => meanLog(sorted, 0.9, 1)),
};

/** 30% more for what is among the slowest tenth of the latest 200, as planted-backend.mjs does. */
function slowest(samples) {
  const latest = [];
  return samples.map((ns) => {
    const slower = latest.filter((other) => other > ns).length;
    const isSlow = latest.length >= 20 && slower < latest.length / 10;
    latest.push(ns);
    if (latest.length > 200) latest.shift();
    return isSlow ? 1.3 * ns : ns;
  });
}

const everyTenth = (factor) => (samples) =>
  samples.map((ns, i) => (i % 10 === 3 ? factor * ns : ns));
const same = (samples) => samples;

/** What happens to base and head. */
const cases = {
  "identical code": [same, same],
  slowest: [same, slowest],
  every: [same, everyTenth(1.3)],
  own: [everyTenth(2), everyTenth(2.6)],
};

/** Share of verdicts on rounds drawn with replacement that are REGRESSED. */
function caught(differences, isSame) {
  const random = randomIndices(1);
  const { rounds } = defaultLooks.at(-1);
  const verdicts = Array.from({ length: Number(values.verdicts) }, () => {
    const drawn = Array.from({ length: rounds }, () => {
      const difference = differences[random(differences.length)];
      return isSame && random(2) === 1 ? -difference : difference;
    });
    const rule = { looks: defaultLooks, familyError: 0.05 };
    return judge([{ differences: drawn, margin }], rule)[0].verdict;
  });
  return verdicts.filter((verdict) => verdict === "REGRESSED").length / verdicts.length;
}

for (const path of positionals) {
  const { lines } = readLines(path);
  const rounds = roundsOf(lines, ({ outcome }) => outcome.measurements.timing.latencyNs);
  const table = Object.entries(statistics).map(([name, statistic]) => {
    const shown = Object.entries(cases).map(([what, [onBase, onHead]]) => {
      const d = rounds.map(
        ({ processes: { a, b } }) => statistic(onHead(b)) - statistic(onBase(a)),
      );
      const share = `${(100 * caught(d, what === "identical code")).toFixed(1)}%`;
      return what === "identical code"
        ? [
            ["sd of a pair", `${(100 * deviation(d)).toFixed(0)}%`],
            [what, share],
          ]
        : [[what, share]];
    });
    return [name, Object.fromEntries(shown.flat())];
  });
  console.log(`\n${basename(path)}: ${rounds.length} rounds, share of verdicts that are REGRESSED`);
  console.table(Object.fromEntries(table));
}
