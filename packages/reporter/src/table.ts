// The final table in the terminal. Columns give way, least important first, until the table fits.

import type { RunRecord } from "@fastgpu/results";
import Table from "cli-table3";
import { createColors } from "picocolors";
import stringWidth from "string-width";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatRate,
  formatShare,
} from "./format.ts";
import { describeConfig, describeOutcome, viewRun } from "./run-view.ts";
import type { ConfigurationView, TimedView, TrainedView, WorkloadView } from "./run-view.ts";
import { plainText } from "./safe-text.ts";
import { recordNotes } from "./trial-notes.ts";
import type { TerminalStyle } from "./terminal-style.ts";

/** How to draw: the style of a stream without its liveliness. */
export type TableStyle = Pick<TerminalStyle, "color" | "width">;

interface Column<Row> {
  readonly head: string;
  /** Shown as long as all columns of a smaller rank fit; 0 is always shown. */
  readonly rank: number;
  readonly align: "left" | "right";
  readonly cell: (row: Row) => string;
}

interface SpeedRow extends ConfigurationView {
  readonly timed: TimedView;
  readonly best: number;
}

interface TrainingRow extends ConfigurationView {
  readonly trained: TrainedView;
}

/** Tables of a record: speed and training per workload, then the trials without a result. */
export function renderTable(record: RunRecord, style: TableStyle): string {
  const colors = createColors(style.color);
  const parts = viewRun(record).flatMap((workload) => workloadTables(workload, style));
  const failed = record.trials.filter(({ outcome }) => outcome.state !== "ok");
  const failures = failed.map(({ config, outcome }) => {
    const where = `${plainText(config.workload.name)} ${config.workload.kind}, ${describeConfig(config)}`;
    return `${colors.red(outcome.state)}  ${where}\n    ${describeOutcome(outcome)}`;
  });
  const notes = recordNotes(record).map(
    ([key, lines]) => `${key}\n${lines.map((line) => `    ${line}`).join("\n")}`,
  );
  if (notes.length > 0) parts.push([colors.bold("Notes"), ...notes.map(colors.dim)].join("\n"));
  if (failures.length > 0) parts.push([colors.bold("Without a result"), ...failures].join("\n"));
  const ok = record.trials.length - failed.length;
  const count = `${ok} of ${record.plannedTrials} trials ok`;
  parts.push(ok === record.plannedTrials ? colors.green(count) : colors.yellow(count));
  return `${parts.join("\n\n")}\n`;
}

function workloadTables(view: WorkloadView, style: TableStyle): string[] {
  const { workload, common, configurations } = shortened(view);
  const best = Math.max(...configurations.map(({ timed }) => timed?.samplesPerSecond ?? 0));
  const speed: SpeedRow[] = configurations.flatMap((row) =>
    row.timed === undefined ? [] : [{ ...row, timed: row.timed, best }],
  );
  const training: TrainingRow[] = configurations.flatMap((row) =>
    row.trained === undefined ? [] : [{ ...row, trained: row.trained }],
  );
  const colors = createColors(style.color);
  const name = colors.bold(`${plainText(workload.name)}  ${workload.kind}`);
  const title = common === "" ? name : `${name}  ${colors.dim(common)}`;
  const tables = [
    ...(speed.length > 0 ? [draw(speedColumns, speed, style)] : []),
    ...(training.length > 0 ? [draw(trainingColumns, training, style)] : []),
  ];
  return tables.map((table) => `${title}\n${table}`);
}

// A single configuration is described in the title, so that its numbers have the width of the table.
function shortened(view: WorkloadView): WorkloadView {
  const [only, second] = view.configurations;
  if (only === undefined || second !== undefined) return view;
  const label = `batch ${only.config.batchSize}`;
  return { ...view, common: only.label, configurations: [{ ...only, label }] };
}

const speedColumns: readonly Column<SpeedRow>[] = [
  { head: "configuration", rank: 0, align: "left", cell: ({ label }) => label },
  { head: "median", rank: 0, align: "right", cell: ({ timed }) => formatDuration(timed.medianNs) },
  { head: "p95", rank: 2, align: "right", cell: ({ timed }) => formatDuration(timed.p95Ns) },
  {
    head: "samples/s",
    rank: 1,
    align: "right",
    cell: ({ timed }) => formatRate(timed.samplesPerSecond),
  },
  {
    head: "of best",
    rank: 5,
    align: "right",
    cell: ({ timed, best }) => formatShare(timed.samplesPerSecond / best),
  },
  {
    head: "first run",
    rank: 4,
    align: "right",
    cell: ({ timed }) => formatDuration(timed.firstRunNs),
  },
  { head: "memory", rank: 3, align: "right", cell: ({ timed }) => formatBytes(timed.peakRssBytes) },
  {
    head: "achieved",
    rank: 6,
    align: "right",
    cell: ({ timed }) =>
      timed.flopsPerSecond === undefined ? "" : `${formatCount(timed.flopsPerSecond)}FLOP/s`,
  },
  {
    head: "note",
    rank: 7,
    align: "left",
    cell: ({ timed }) => (timed.unsteady > 0 ? "not steady" : ""),
  },
];

const trainingColumns: readonly Column<TrainingRow>[] = [
  { head: "configuration", rank: 0, align: "left", cell: ({ label }) => label },
  { head: "runs", rank: 4, align: "right", cell: ({ trained }) => formatNumber(trained.runs) },
  { head: "epochs", rank: 3, align: "right", cell: ({ trained }) => formatNumber(trained.epochs) },
  {
    head: "loss",
    rank: 2,
    align: "right",
    cell: ({ trained }) => optional(trained.loss, formatNumber),
  },
  {
    head: "accuracy",
    rank: 5,
    align: "right",
    cell: ({ trained }) => optional(trained.accuracy, formatShare),
  },
  {
    head: "validation",
    rank: 0,
    align: "right",
    cell: ({ trained }) => optional(trained.validationAccuracy, formatShare),
  },
  { head: "time", rank: 1, align: "right", cell: ({ trained }) => formatDuration(trained.totalNs) },
  {
    head: "target reached",
    rank: 6,
    align: "right",
    cell: ({ trained: { reached } }) =>
      reached === undefined
        ? ""
        : `${reached.runs}/${reached.of}${optional(reached.medianNs, (ns) => `, ${formatDuration(ns)}`)}`,
  },
];

function optional(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? "" : format(value);
}

function draw<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { color, width }: TableStyle,
): string {
  const shown = fit(
    columns.filter(({ rank, cell }) => rank === 0 || rows.some((row) => cell(row) !== "")),
    rows,
    width,
  );
  const table = new Table({
    head: shown.map(({ head }) => head),
    colAligns: shown.map(({ align }) => align),
    style: { head: color ? ["cyan"] : [], border: color ? ["gray"] : [], compact: true },
  });
  for (const row of rows) table.push(shown.map(({ cell }) => cell(row)));
  return table.toString();
}

// A cell takes its text, a blank on either side and a border; one more border closes the row.
function fit<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): readonly Column<Row>[] {
  const widthOf = ({ head, cell }: Column<Row>) =>
    3 + Math.max(stringWidth(head), ...rows.map((row) => stringWidth(cell(row))));
  let shown = columns;
  while (shown.reduce((sum, column) => sum + widthOf(column), 1) > width) {
    const last = Math.max(...shown.map(({ rank }) => rank));
    if (last === 0) break;
    shown = shown.filter(({ rank }) => rank < last);
  }
  return shown;
}
