// A history as one HTML file that needs nothing else: the changes with their commits, then a chart per series with its
// levels and change points, by benchmark.

import { readFileSync } from "node:fs";
import type { HistoryFinding, HistorySeries } from "@fastgpu/results";
import Handlebars from "handlebars";
import { benchmarkName } from "../comparison/comparison-view.ts";
import type { Tone } from "../comparison/comparison-view.ts";
import {
  countHistory,
  describeChange,
  describeRun,
  listFindings,
  pValueText,
} from "../history-table.ts";
import { plainText } from "../safe-text.ts";
import type { Chart } from "./chart.ts";
import { historyChart } from "./history-chart.ts";

interface ChangeRow {
  readonly anchor: string;
  readonly tone: Tone;
  readonly direction: string;
  readonly benchmark: string;
  readonly metric: string;
  readonly change: string;
  readonly first: string;
  readonly last: string;
  readonly pValue: string;
}

interface BenchmarkSection {
  readonly anchor: string;
  readonly name: string;
  readonly facts: string;
  readonly charts: readonly Chart[];
}

interface HistoryPage {
  readonly title: string;
  readonly subtitle: string;
  readonly css: string;
  readonly changes: readonly ChangeRow[];
  readonly benchmarks: readonly BenchmarkSection[];
  readonly more: string;
}

/** With more series than this the page would be too large to open; all of them are in the JSON output. */
const maxSeries = 200;

const tones: Readonly<Record<HistoryFinding["direction"], Tone>> = {
  worse: "bad",
  changed: "warn",
  better: "good",
};

/** A self-contained page. All texts of the records are escaped; the same history gives the same text. */
export function renderHistoryHtml(history: readonly HistorySeries[]): string {
  // src/html and dist/html are equally deep, so the same address works from source and from the package.
  const read = (name: string): string =>
    readFileSync(new URL(`../../templates/${name}`, import.meta.url), "utf8");
  const handlebars = Handlebars.create();
  handlebars.registerPartial("charts", read("charts.hbs"));
  const template = handlebars.compile<HistoryPage>(read("history.hbs"), {
    strict: true,
    knownHelpersOnly: true,
    preventIndent: true,
  });
  const shown = history.slice(0, maxSeries);
  const groups = groupByBenchmark(shown);
  const anchors = new Map(
    groups.flatMap((group, index) => group.map((series) => [series, anchorOf(index)] as const)),
  );
  const hidden = history.length - shown.length;
  return template({
    title: titleOf(history),
    subtitle: `${countHistory(history)}${periodOf(history)}`,
    css: read("report.css"),
    changes: listFindings(history).map(({ series, finding }) => ({
      anchor: anchors.get(series) ?? "",
      tone: tones[finding.direction],
      direction: finding.direction,
      benchmark: plainText(benchmarkName(series)),
      metric: series.metric,
      change: describeChange(series, finding),
      first: describeRun(finding.first),
      last: describeRun(finding.last),
      pValue: pValueText(finding.pValue),
    })),
    benchmarks: groups.map((group, index) => sectionOf(group, index)),
    more: hidden > 0 ? `${hidden} more series without a chart` : "",
  });
}

function titleOf(history: readonly HistorySeries[]): string {
  const suites = [...new Set(history.map(({ suite }) => plainText(suite)))];
  return suites.length === 0 ? "No records" : suites.join(", ");
}

function periodOf(history: readonly HistorySeries[]): string {
  const days = history
    .flatMap(({ points }) => points.map(({ startedAt }) => startedAt.slice(0, 10)))
    .sort();
  const [first, last] = [days[0], days.at(-1)];
  return first === undefined || last === undefined ? "" : `, ${first} to ${last}`;
}

/** Series of one configuration on one machine belong together; those with findings come first, as they are given. */
function groupByBenchmark(
  history: readonly HistorySeries[],
): readonly (readonly HistorySeries[])[] {
  const groups = new Map<string, HistorySeries[]>();
  for (const series of history) {
    const key = JSON.stringify([series.suite, series.benchmark, series.machine]);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(series);
  }
  return [...groups.values()];
}

const anchorOf = (index: number): string => `benchmark-${index}`;

function sectionOf(group: readonly HistorySeries[], index: number): BenchmarkSection {
  const [first] = group;
  const facts =
    first === undefined ? [] : [`suite ${first.suite}`, `machine ${first.machine.slice(0, 12)}`];
  return {
    anchor: anchorOf(index),
    name: first === undefined ? "" : plainText(benchmarkName(first)),
    facts: plainText(facts.join(" · ")),
    charts: group.map((series, i) => historyChart(series, `h${index}-${i}`)),
  };
}
