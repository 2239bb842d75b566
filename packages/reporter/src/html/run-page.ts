// The page of a run as the template wants it: every text ready to be escaped, every number formatted.

import type { Environment, RunRecord } from "@fastgpu/results";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInstant,
  formatNumber,
  formatRate,
  formatShare,
} from "../format.ts";
import { describeConfig, describeOutcome, viewRun } from "../run-view.ts";
import type { ConfigurationView, TimedView, WorkloadView } from "../run-view.ts";
import { plainText } from "../safe-text.ts";
import type { Chart } from "./chart.ts";
import { memoryCharts, speedCharts } from "./speed-charts.ts";
import { trainingCharts } from "./training-charts.ts";
import { trialCharts } from "./trial-charts.ts";
import { trialPage } from "./trial-page.ts";
import type { Fact, TrialPage } from "./trial-page.ts";

/** All that the template shows. */
export interface RunPage {
  readonly title: string;
  readonly subtitle: string;
  readonly tiles: readonly Fact[];
  readonly notices: readonly string[];
  readonly workloads: readonly WorkloadPage[];
  readonly problems: readonly ProblemRow[];
  readonly environment: readonly Fact[];
  readonly trials: readonly TrialPage[];
  /** Whether each trial has its own charts. */
  readonly hasTrialCharts: boolean;
}

/** One workload. */
export interface WorkloadPage {
  readonly anchor: string;
  readonly name: string;
  readonly kind: string;
  readonly common: string;
  readonly findings: readonly string[];
  readonly charts: readonly Chart[];
  readonly speed: readonly TableRow[];
  readonly hasAchieved: boolean;
  readonly training: readonly TableRow[];
}

/** One configuration in a table. */
export interface TableRow {
  readonly label: string;
  readonly cells: readonly string[];
  /** Length of the bar behind the speed, in per cent of the best. */
  readonly percent: string;
  readonly note: string;
  readonly links: readonly Link[];
}

/** A link to the details of a trial. */
export interface Link {
  readonly anchor: string;
  readonly text: string;
}

/** A trial that has no speed. */
export interface ProblemRow {
  readonly state: string;
  readonly workload: string;
  readonly config: string;
  readonly reason: string;
  readonly anchor: string;
}

/** With more trials than this the page would be too large to open; the samples are in it all the same. */
const maxTrialsWithCharts = 120;

/** Arranges a record for the template. */
export function runPage(record: RunRecord): RunPage {
  const views = viewRun(record);
  const { suite, startedAt, environment } = record;
  const hasTrialCharts = record.trials.length <= maxTrialsWithCharts;
  return {
    title: plainText(suite.name),
    subtitle: `${formatInstant(startedAt)} on ${plainText(environment.cpu.model)}, ${plainText(environment.os.platform)} ${plainText(environment.os.arch)}`,
    tiles: tiles(record),
    notices: notices(record),
    workloads: views.flatMap((view, index) => workloadPage(view, index)),
    problems: record.trials.flatMap(({ config, outcome }, index) =>
      outcome.state === "ok"
        ? []
        : [
            {
              state: outcome.state,
              workload: `${plainText(config.workload.name)} ${config.workload.kind}`,
              config: describeConfig(config),
              reason: describeOutcome(outcome),
              anchor: `trial-${index}`,
            },
          ],
    ),
    environment: environmentFacts(record),
    trials: record.trials.map((trial, index) => trialPage(trial, index, hasTrialCharts)),
    hasTrialCharts,
  };
}

function tiles(record: RunRecord): readonly Fact[] {
  const ok = record.trials.filter(({ outcome }) => outcome.state === "ok").length;
  const list = [{ name: "trials ok", value: `${ok} of ${record.plannedTrials}` }];
  if (record.finishedAt !== undefined) {
    const ms = Date.parse(record.finishedAt) - Date.parse(record.startedAt);
    list.push({ name: "run time", value: formatDuration(Math.max(0, ms) * 1e6) });
  }
  list.push({ name: "seed", value: String(record.seed) });
  if (record.git !== undefined) {
    const { commit, dirty } = record.git;
    list.push({ name: dirty ? "commit, with changes" : "commit", value: commit.slice(0, 10) });
  }
  return list;
}

function notices(record: RunRecord): readonly string[] {
  const list: string[] = [];
  if (record.status === "partial") {
    const done = record.trials.length;
    list.push(`This run was cut short: ${done} of ${record.plannedTrials} trials are in it.`);
  }
  const failed = record.trials.filter(({ outcome }) => outcome.state !== "ok").length;
  if (failed > 0) {
    list.push(
      `${failed} ${failed === 1 ? "trial has" : "trials have"} no result; the reasons are listed below.`,
    );
  }
  const timings = record.trials.flatMap(({ outcome }) =>
    outcome.state === "ok" ? (outcome.measurements.timing ?? []) : [],
  );
  const unsteady = timings.filter(({ warmup }) => warmup.reason === "no-steady-state").length;
  if (unsteady > 0) {
    list.push(
      `${unsteady} of ${timings.length} timed trials never settled; their numbers may depend on when they were taken.`,
    );
  }
  const voids = timings.filter((timing) => timing.voidSamples.length > 0).length;
  if (voids > 0)
    list.push(`${voids} trials have void samples, listed with their causes in the details.`);
  if (record.git?.dirty === true) {
    list.push(
      "The work tree had uncommitted changes, so the commit alone does not reproduce this run.",
    );
  }
  return list;
}

function workloadPage(view: WorkloadView, index: number): readonly WorkloadPage[] {
  const speed = speedRows(view);
  const training = trainingRows(view);
  if (speed.length + training.length === 0) return [];
  const id = `w${index}`;
  const curves = trainingCharts(view, `${id}-curve`);
  const charts =
    speed.length > 0
      ? [...speedCharts(view, id), ...only(view, id)]
      : memoryCharts(view, `${id}-memory`);
  return [
    {
      anchor: `workload-${index}`,
      name: plainText(view.workload.name),
      kind: view.workload.kind,
      common: view.common,
      findings: findings(view),
      charts: [...curves, ...charts],
      speed,
      hasAchieved: view.configurations.some(({ timed }) => timed?.flopsPerSecond !== undefined),
      training,
    },
  ];
}

// A workload of one process shows that process; with more, the details of each are further down.
function only({ configurations }: WorkloadView, id: string): readonly Chart[] {
  const trials = configurations.flatMap((view) => view.trials);
  const outcome = trials.length === 1 ? trials[0]?.trial.outcome : undefined;
  const timing = outcome?.state === "ok" ? outcome.measurements.timing : undefined;
  return timing === undefined ? [] : trialCharts(timing, `${id}-only`);
}

function speedRows({ configurations }: WorkloadView): readonly TableRow[] {
  const best = Math.max(...configurations.map(({ timed }) => timed?.samplesPerSecond ?? 0));
  const hasAchieved = configurations.some(({ timed }) => timed?.flopsPerSecond !== undefined);
  return configurations.flatMap((view) => {
    const { timed } = view;
    if (timed === undefined) return [];
    const { flopsPerSecond: flops, rooflineShare: roofline } = timed;
    const share = roofline === undefined ? "" : ` (${formatShare(roofline)} of roofline)`;
    const achieved = flops === undefined ? "" : `${formatCount(flops)}FLOP/s${share}`;
    return [
      {
        ...row(view),
        cells: [
          formatRate(timed.samplesPerSecond),
          formatDuration(timed.medianNs),
          formatDuration(timed.p95Ns),
          formatDuration(timed.firstRunNs),
          formatBytes(timed.peakRssBytes),
          ...(hasAchieved ? [achieved] : []),
        ],
        percent: best === 0 ? "0" : ((100 * timed.samplesPerSecond) / best).toFixed(1),
        note: unsteadyNote(timed),
      },
    ];
  });
}

function unsteadyNote({ unsteady, processes }: TimedView): string {
  if (unsteady === 0) return "";
  return processes === 1 ? "not steady" : `${unsteady} of ${processes} not steady`;
}

function trainingRows({ configurations }: WorkloadView): readonly TableRow[] {
  return configurations.flatMap((view) => {
    const { trained } = view;
    if (trained === undefined) return [];
    const { loss, accuracy, validationAccuracy, reached, diverged } = trained;
    const time =
      reached?.medianNs === undefined ? "" : `, median ${formatDuration(reached.medianNs)}`;
    return [
      {
        ...row(view),
        cells: [
          formatNumber(trained.runs),
          formatNumber(trained.epochs),
          loss === undefined ? "" : formatNumber(loss),
          accuracy === undefined ? "" : formatShare(accuracy),
          validationAccuracy === undefined ? "" : formatShare(validationAccuracy),
          formatDuration(trained.totalNs),
          formatBytes(trained.peakRssBytes),
          reached === undefined ? "" : `${reached.runs} of ${reached.of}${time}`,
        ],
        percent: "0",
        note: diverged > 0 ? `${diverged} diverged` : "",
      },
    ];
  });
}

function row(view: ConfigurationView): Pick<TableRow, "label" | "links"> {
  const failed = view.trials.filter(({ trial }) => trial.outcome.state !== "ok").length;
  const links = view.trials.map(({ index }, position) => ({
    anchor: `trial-${index}`,
    text: String(position + 1),
  }));
  return { label: failed === 0 ? view.label : `${view.label} (${failed} without a result)`, links };
}

function findings({ configurations }: WorkloadView): readonly string[] {
  const list: string[] = [];
  const timed = configurations.flatMap(({ label, timed: speed }) =>
    speed === undefined ? [] : [{ label, speed }],
  );
  const fastest = timed.toSorted((a, b) => b.speed.samplesPerSecond - a.speed.samplesPerSecond)[0];
  const quickest = timed.toSorted((a, b) => a.speed.medianNs - b.speed.medianNs)[0];
  if (fastest !== undefined && timed.length > 1) {
    list.push(
      `Highest throughput: ${fastest.label}, ${formatRate(fastest.speed.samplesPerSecond)} samples/s.`,
    );
  }
  if (quickest !== undefined && timed.length > 1) {
    list.push(
      `Lowest latency: ${quickest.label}, ${formatDuration(quickest.speed.medianNs)} median.`,
    );
  }
  for (const { label, trained } of configurations) {
    if (trained?.reached === undefined) continue;
    const { runs, of, medianNs } = trained.reached;
    const time = medianNs === undefined ? "" : `, median time ${formatDuration(medianNs)}`;
    list.push(`${label}: ${runs} of ${of} runs reached the target${time}.`);
  }
  return list;
}

function environmentFacts({ environment, suite, runId, git }: RunRecord): readonly Fact[] {
  const machine: Environment = environment;
  const { os, cpu } = machine;
  const facts: Fact[] = [
    { name: "system", value: `${os.platform} ${os.release} ${os.arch}` },
    { name: "processor", value: `${cpu.model}, ${cpu.cores} logical cores` },
    { name: "frequency governor", value: cpu.powerGovernor ?? "unknown" },
    { name: "memory", value: formatBytes(machine.memoryBytes) },
    ...machine.gpus.map((gpu) => ({
      name: "GPU",
      value: [
        gpu.name,
        gpu.memoryBytes === undefined ? "" : formatBytes(gpu.memoryBytes),
        gpu.driver === undefined ? "" : `driver ${gpu.driver}`,
        gpu.powerLimitWatts === undefined ? "" : `limit ${gpu.powerLimitWatts} W`,
      ]
        .filter((text) => text !== "")
        .join(", "),
    })),
    { name: "Node", value: machine.node },
    { name: "FastGPU", value: machine.fastgpu },
    ...Object.entries(machine.engines).map(([name, value]) => ({ name, value })),
    { name: "machine fingerprint", value: machine.fingerprint },
    { name: "suite", value: suite.path ?? suite.name },
    { name: "suite hash", value: suite.hash },
    {
      name: "commit",
      value: git === undefined ? "none" : `${git.commit}${git.dirty ? " with changes" : ""}`,
    },
    { name: "run", value: runId },
  ];
  return facts.map(({ name, value }) => ({ name: plainText(name), value: plainText(value) }));
}
