// The Markdown of a run of webgpu.mjs.
import { meanOf, percentile } from "./table.mjs";

/**
 * Tables of all workloads. First steps are with compilation: with empty caches, and with what the first round left. Times are of the fastest and the median sample over all rounds; ratios are of
 * medians.
 */
export function webgpuTable({ machine, peak, results, command }) {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const peakText = peak === undefined ? "unknown" : `${peak.toFixed(0)} GFLOP/s`;
  return [
    "# FastGPU beside its peers on WebGPU",
    "",
    `${machine.adapter} on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.platform}, Node ` +
      `${machine.node}; ${versions.join(", ")}; ${machine.date}, load at the end ${machine.loadAtEnd.join(" ")}. One run of ` +
      `\`node bench/peers/webgpu.mjs${command === "" ? "" : ` ${command}`}\`: every contender in a fresh process, in interleaved rounds.`,
    "",
    `Roofline: ${peakText} is what the adapter reaches with independent f32 multiplications and additions and no loads.`,
    "",
    ...results.flatMap((result) => workloadTable(result, peak)),
    ...summary(results),
  ].join("\n");
}

/** What FastGPU wants to reach, as a multiple of the fastest peer's speed. */
const wanted = (workload) => (workload === "cnn" ? 2 : 1.5);

/** The ratios of all workloads beside what is wanted, and first steps as ranges over the peers. */
function summary(results) {
  const compared = results.flatMap(({ workload, entries }) => {
    const { own, peers, fastest } = compare(entries.map(summarize));
    if (own === undefined || fastest === undefined) return [];
    return [{ workload, own, peers, ratio: fastest.medianNs / own.medianNs }];
  });
  if (compared.length === 0) return [];
  const seconds = (ns) => (ns / 1e9).toFixed(2);
  const firstSteps = compared
    .filter(({ own }) => own.firstNs !== undefined)
    .map(({ workload, own, peers }) => {
      const cold = peers.map(({ firstNs }) => firstNs[0]);
      return (
        `First step of ${workload}, with an empty cache of the driver and again: ${own.firstNs.map(seconds).join(" s, ")} s; ` +
        `of the peers, with an empty one, ${seconds(Math.min(...cold))} to ${seconds(Math.max(...cold))} s.`
      );
    });
  return [
    "## In short",
    "",
    "| speed of FastGPU / fastest peer | measured | wanted |",
    "|---|---|---|",
    ...compared.map(
      ({ workload, ratio }) =>
        `| ${workload.replace(":", " ")} | ${ratio.toFixed(2)} | ${wanted(workload)} |`,
    ),
    "",
    ...firstSteps.flatMap((line) => [line, ""]),
  ];
}

/** FastGPU's own row, the peers that ran, and the fastest of them. */
function compare(rows) {
  const ran = rows.filter((row) => row.medianNs !== undefined);
  const peers = ran.filter((row) => !row.name.startsWith("fastgpu"));
  return {
    own: ran.find((row) => row.own),
    peers,
    fastest: peers.toSorted((a, b) => a.medianNs - b.medianNs)[0],
  };
}

function workloadTable({ workload, flops, entries }, peak) {
  const rows = entries.map(summarize);
  const { own, fastest } = compare(rows);
  const isTraining = !workload.startsWith("matmul");
  const lines = [
    `## ${workload.replace(":", " ")}`,
    "",
    "| | median ms | fastest ms | GFLOP/s | of roofline | time / FastGPU |" +
      (isTraining ? " steps/s | first step s, again | dispatches | mean loss of 10 steps |" : ""),
    `|---|---|---|---|---|---|${isTraining ? "---|---|---|---|" : ""}`,
  ];
  for (const row of rows) {
    if (row.medianNs === undefined) {
      lines.push(`| ${row.name} | failed: ${row.failure} |${" |".repeat(isTraining ? 8 : 4)}`);
      continue;
    }
    const rate = flops / row.medianNs;
    const cells = [
      row.name,
      (row.medianNs / 1e6).toFixed(2),
      (row.shortestNs / 1e6).toFixed(2),
      rate.toFixed(1),
      peak === undefined ? "" : `${((100 * rate) / peak).toFixed(0)} %`,
      own === undefined ? "" : (row.medianNs / own.medianNs).toFixed(2),
    ];
    if (isTraining) {
      cells.push(
        (1e9 / row.medianNs).toFixed(1),
        row.firstNs.map((time) => (time / 1e9).toFixed(2)).join(", "),
      );
      cells.push(
        row.dispatches === undefined ? "" : row.dispatches.toFixed(0),
        row.loss.toFixed(5),
      );
    }
    lines.push(`| ${cells.join(" | ")} |`);
  }
  if (own !== undefined && fastest !== undefined) {
    const ratio = (fastest.medianNs / own.medianNs).toFixed(2);
    lines.push("", `FastGPU is ${ratio} times as fast as the fastest peer, ${fastest.name}.`);
  }
  return [...lines, ""];
}

function summarize({ name, own, runs }) {
  const failure = runs.find((run) => run.failure !== undefined)?.failure;
  if (failure !== undefined || runs.length === 0) return { name, own, failure };
  const stepNs = runs.flatMap((run) => run.stepNs);
  return {
    name,
    own,
    medianNs: percentile(stepNs, 0.5),
    shortestNs: percentile(stepNs, 0),
    ...(runs[0].losses === undefined ? {} : { loss: meanOf(runs[0].losses) }),
    ...(runs[0].firstNs === undefined
      ? {}
      : { firstNs: [runs[0], ...runs.slice(1, 2)].map((run) => run.firstNs) }),
    ...(runs[0].dispatches === undefined ? {} : { dispatches: runs[0].dispatches }),
  };
}
