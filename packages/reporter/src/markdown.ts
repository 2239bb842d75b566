// The record as Markdown, for pull requests and issue threads.

import type { RunRecord } from "@fastgpu/results";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInstant,
  formatNumber,
  formatRate,
  formatShare,
} from "./format.ts";
import { describeConfig, describeOutcome, viewRun } from "./run-view.ts";
import type { ConfigurationView, WorkloadView } from "./run-view.ts";
import { recordNotes } from "./trial-notes.ts";
import { markdownText } from "./safe-text.ts";

/** A report with one table per workload, the trials without a speed, and the environment. */
export function renderMarkdown(record: RunRecord): string {
  const sections = [
    `# FastGPU run: ${markdownText(record.suite.name)}`,
    heading(record),
    ...viewRun(record).flatMap(workloadSection),
    notes(record),
    problems(record),
    environment(record),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function heading(record: RunRecord): string {
  const ok = record.trials.filter(({ outcome }) => outcome.state === "ok").length;
  const lines = [
    `${ok} of ${record.plannedTrials} trials ended ok, run **${record.status}**, started ${formatInstant(record.startedAt)}, seed ${record.seed}`,
  ];
  if (record.git !== undefined) {
    const dirty = record.git.dirty ? " with uncommitted changes" : "";
    lines.push(`Commit \`${record.git.commit.slice(0, 12)}\`${dirty}`);
  }
  return lines.join("  \n");
}

function workloadSection({ workload, configurations }: WorkloadView): readonly string[] {
  const timed = configurations.filter((configuration) => configuration.timed !== undefined);
  const trained = configurations.filter((configuration) => configuration.trained !== undefined);
  if (timed.length + trained.length === 0) return [];
  const title = `## ${markdownText(workload.name)}: ${workload.kind}`;
  return [
    title,
    ...(timed.length > 0 ? [speedTable(timed)] : []),
    ...(trained.length > 0 ? [trainingTable(trained)] : []),
  ];
}

function speedTable(configurations: readonly ConfigurationView[]): string {
  const rows = configurations.flatMap(({ config, timed }) =>
    timed === undefined
      ? []
      : [
          [
            markdownText(describeConfig(config)),
            formatDuration(timed.medianNs),
            formatDuration(timed.p95Ns),
            `${formatRate(timed.samplesPerSecond)} samples/s`,
            formatDuration(timed.firstRunNs),
            formatBytes(timed.peakRssBytes),
            timed.flopsPerSecond === undefined ? "" : `${formatCount(timed.flopsPerSecond)}FLOP/s`,
            `${timed.processes}${timed.unsteady > 0 ? " (not steady)" : ""}`,
          ],
        ],
  );
  const head = [
    "configuration",
    "median",
    "p95",
    "throughput",
    "first run",
    "peak memory",
    "achieved",
    "processes",
  ];
  return table(head, rows);
}

function trainingTable(configurations: readonly ConfigurationView[]): string {
  const rows = configurations.flatMap(({ config, trained }) => {
    if (trained === undefined) return [];
    const { reached } = trained;
    const time = reached?.medianNs === undefined ? "" : ` in ${formatDuration(reached.medianNs)}`;
    return [
      [
        markdownText(describeConfig(config)),
        formatNumber(trained.epochs),
        trained.loss === undefined ? "" : formatNumber(trained.loss),
        trained.accuracy === undefined ? "" : formatShare(trained.accuracy),
        trained.validationAccuracy === undefined ? "" : formatShare(trained.validationAccuracy),
        formatDuration(trained.totalNs),
        reached === undefined ? "" : `${reached.runs} of ${reached.of}${time}`,
      ],
    ];
  });
  const head = [
    "configuration",
    "epochs",
    "loss",
    "accuracy",
    "validation accuracy",
    "time",
    "target reached",
  ];
  return table(head, rows);
}

function notes(record: RunRecord): string {
  const lines = recordNotes(record).map(
    ([key, list]) => `**${markdownText(key)}** ${list.map(markdownText).join("; ")}`,
  );
  return lines.length === 0 ? "" : `## Notes\n\n${lines.join("  \n")}`;
}

function problems(record: RunRecord): string {
  const rows = record.trials
    .filter(({ outcome }) => outcome.state !== "ok")
    .map(({ config, outcome }) => [
      markdownText(config.workload.name),
      markdownText(describeConfig(config)),
      `**${outcome.state}**`,
      markdownText(describeOutcome(outcome)),
    ]);
  if (rows.length === 0) return "";
  return `## Trials without a result\n\n${table(["workload", "configuration", "outcome", "reason"], rows)}`;
}

function environment({ environment: machine, suite, runId }: RunRecord): string {
  const engines = Object.entries(machine.engines).map(([name, version]) => `${name} ${version}`);
  const rows = [
    ["system", `${machine.os.platform} ${machine.os.release} ${machine.os.arch}`],
    ["processor", `${machine.cpu.model}, ${machine.cpu.cores} cores`],
    ["memory", formatBytes(machine.memoryBytes)],
    ...machine.gpus.map((gpu) => [
      "GPU",
      `${gpu.name}${gpu.driver === undefined ? "" : `, driver ${gpu.driver}`}`,
    ]),
    ["Node", machine.node],
    ["FastGPU", machine.fastgpu],
    ["engines", engines.join(", ")],
    ["fingerprint", machine.fingerprint],
    ["suite hash", suite.hash],
    ["run", runId],
  ];
  const cells = rows.map((row) => row.map(markdownText));
  return `## Environment\n\n${table(["", ""], cells)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
