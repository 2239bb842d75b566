// The gate's decision on recorded A/B sets: which benchmarks of a CSV file does it call slower, with the default looks,
// margin and family error? Rows: round id, benchmark, version (1 = base, 2 = head), file, N, seconds per operation, ...
//
//     node bench/gate/duet.mjs <file.csv>... [--margin 0.025]
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { defaultLooks, judge } from "@fastgpu/results";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { margin: { type: "string", default: "0.025" } },
});
const margin = Math.log1p(Number(values.margin));

/** Pairs by benchmark in the order of the file: the k-th run of one version beside the k-th of the other. */
function readPairs(path) {
  const sides = new Map();
  for (const line of readFileSync(path, "utf8").trim().split("\n")) {
    const [round, name, version, , , seconds] = line.split(",");
    const key = `${name}`;
    if (!sides.has(key)) sides.set(key, { 1: new Map(), 2: new Map() });
    sides.get(key)[version].set(round, Number(seconds));
  }
  return [...sides].map(([name, { 1: base, 2: head }]) => {
    const rounds = [...base.keys()].filter((round) => head.has(round));
    return { name, rounds, differences: rounds.map((r) => Math.log(head.get(r) / base.get(r))) };
  });
}

for (const path of positionals) {
  const benchmarks = readPairs(path);
  const judged = judge(
    benchmarks.map(({ differences }) => ({ differences, margin })),
    { looks: defaultLooks, familyError: 0.05 },
  );
  const percent = (d) => `${((Math.exp(d) - 1) * 100).toFixed(2)}%`;
  console.log(`${path}: ${benchmarks.length} benchmarks`);
  for (const [i, { name, differences }] of benchmarks.entries()) {
    const { verdict, rounds, estimate, interval, adjustedPRegressed } = judged[i];
    const range =
      interval === undefined ? "" : ` [${percent(interval.low)}, ${percent(interval.high)}]`;
    console.log(
      `  ${verdict.padEnd(9)} ${name.padEnd(44)} ${percent(estimate ?? 0).padStart(10)}${range} after ${rounds} of ${differences.length} rounds, p ${adjustedPRegressed.toPrecision(2)}`,
    );
  }
  const count = (verdict) => judged.filter((one) => one.verdict === verdict).length;
  console.log(
    `  ${count("REGRESSED")} regressed, ${count("IMPROVED")} improved, ${count("PASS")} pass, ${count("UNDECIDED")} undecided`,
  );
}
