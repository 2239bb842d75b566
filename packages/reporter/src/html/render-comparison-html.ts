// A comparison as one HTML file that needs nothing else, with every paired difference drawn and the whole comparison
// inside. The same frame as the report of a run: its styles, and a Content-Security-Policy that forbids every request.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Comparison } from "@fastgpu/results";
import Handlebars from "handlebars";
import {
  benchmarkName,
  changedCounters,
  changeText,
  counterText,
  countText,
  detectableText,
  intervalText,
  marginText,
  methodText,
  sidesText,
  toneOf,
  valueText,
} from "../comparison/comparison-view.ts";
import { formatInstant } from "../format.ts";
import { plainText, scriptJson } from "../safe-text.ts";
import type { Chart } from "./chart.ts";
import { overviewChart, roundCharts } from "./comparison-charts.ts";

interface BenchmarkPage {
  readonly anchor: string;
  readonly name: string;
  readonly verdict: string;
  readonly tone: string;
  readonly reason: string;
  readonly counters: readonly string[];
  readonly metrics: readonly {
    readonly name: string;
    readonly cells: readonly string[];
    readonly verdict: string;
    readonly tone: string;
    /** What an undecided metric could have shown; empty otherwise. */
    readonly note: string;
  }[];
  readonly charts: readonly Chart[];
}

interface Page {
  readonly title: string;
  readonly subtitle: string;
  readonly verdict: string;
  readonly tone: string;
  readonly tiles: readonly { readonly name: string; readonly value: string }[];
  readonly notices: readonly string[];
  readonly method: string;
  readonly overview: readonly Chart[];
  readonly benchmarks: readonly BenchmarkPage[];
  readonly css: string;
  readonly script: string;
  readonly scriptHash: string;
  readonly comparisonJson: string;
}

let compiled:
  | { readonly template: (page: Page) => string; readonly css: string; readonly script: string }
  | undefined;

/** More charts than this make the page slow; the benchmarks that decide come first. */
const maxChartedBenchmarks = 60;

/** A self-contained HTML report. The same comparison gives the same text; all its texts are escaped. */
export function renderComparisonHtml(comparison: Comparison): string {
  compiled ??= load();
  const { template, css, script } = compiled;
  const overview = overviewChart(comparison);
  return template({
    title: plainText(comparison.suite),
    subtitle: plainText(sidesText(comparison)),
    verdict: comparison.verdict,
    tone: toneOf(comparison.verdict),
    tiles: tilesOf(comparison),
    notices: comparison.notices.map(plainText),
    method: methodText(comparison),
    overview: overview === undefined ? [] : [overview],
    benchmarks: comparison.benchmarks.map((benchmark, index) => ({
      anchor: `benchmark-${index}`,
      name: plainText(benchmarkName(benchmark)),
      verdict: benchmark.verdict,
      tone: toneOf(benchmark.verdict),
      reason: plainText(benchmark.reason),
      counters: changedCounters(benchmark).map(counterText),
      metrics: benchmark.metrics.map((metric) => ({
        name: metric.name,
        cells: [
          valueText(metric, metric.base),
          valueText(metric, metric.head),
          changeText(metric.change),
          intervalText(metric),
          marginText(metric),
          String(metric.rounds),
        ],
        verdict: metric.verdict,
        tone: toneOf(metric.verdict),
        note: detectableText(metric),
      })),
      charts: index < maxChartedBenchmarks ? roundCharts(benchmark, `rounds-${index}`) : [],
    })),
    css,
    script,
    scriptHash: createHash("sha256").update(script).digest("base64"),
    comparisonJson: scriptJson(JSON.stringify(comparison)),
  });
}

function tilesOf(comparison: Comparison): Page["tiles"] {
  const { geometricMeanChange, startedAt, status, environment, benchmarks } = comparison;
  const rounds = benchmarks.reduce((sum, benchmark) => sum + benchmark.rounds.length, 0);
  return [
    { name: "verdict", value: comparison.verdict },
    { name: "benchmarks", value: countText(comparison) },
    { name: "rounds", value: `${rounds}${status === "partial" ? " (cut short)" : ""}` },
    ...(geometricMeanChange === undefined
      ? []
      : [{ name: "latency, geometric mean", value: changeText(geometricMeanChange) }]),
    { name: "started", value: formatInstant(startedAt) },
    {
      name: "machine",
      value: plainText(`${environment.cpu.model}, ${environment.cpu.cores} cores`),
    },
  ];
}

function load(): NonNullable<typeof compiled> {
  const read = (name: string) =>
    readFileSync(new URL(`../../templates/${name}`, import.meta.url), "utf8");
  const handlebars = Handlebars.create();
  handlebars.registerPartial("charts", read("charts.hbs"));
  const template = handlebars.compile<Page>(read("comparison.hbs"), {
    strict: true,
    knownHelpersOnly: true,
    preventIndent: true,
  });
  return { template, css: read("report.css"), script: read("comparison.js") };
}
