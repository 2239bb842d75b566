// A comparison in the terminal: a line per benchmark with its verdict, a table of metrics below, the answer at the end.

import type { Comparison, OverallVerdict } from "@fastgpu/results";
import Table from "cli-table3";
import { createColors } from "picocolors";
import { plainText } from "../safe-text.ts";
import type { TableStyle } from "../table.ts";
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
} from "./comparison-view.ts";

/** Text for a terminal of the style's width; without colours where the style has none. */
export function renderComparison(comparison: Comparison, { color, width }: TableStyle): string {
  const colors = createColors(color);
  const paint = (verdict: OverallVerdict, text: string): string => {
    const tones = { bad: colors.red, warn: colors.yellow, good: colors.green, plain: String };
    return tones[toneOf(verdict)](text);
  };
  const parts = comparison.benchmarks.map((benchmark) => {
    const { verdict, reason, metrics } = benchmark;
    const title = `${paint(verdict, verdict.padEnd(9))} ${colors.bold(plainText(benchmarkName(benchmark)))}`;
    const lines = [title];
    if (metrics.length === 0 || verdict === "CRASHED" || verdict === "INVALID") {
      lines.push(`  ${plainText(reason)}`);
    }
    const counters = changedCounters(benchmark).map(counterText);
    if (counters.length > 0) lines.push(`  counters: ${counters.join(", ")}`);
    if (metrics.length > 0) lines.push(metricTable(benchmark.metrics, { color, width }, paint));
    for (const metric of metrics) {
      const detectable = detectableText(metric);
      if (detectable !== "") lines.push(colors.dim(`  ${metric.name}: undecided; ${detectable}`));
    }
    return lines.join("\n");
  });
  const { verdict, geometricMeanChange, notices, status } = comparison;
  const mean =
    geometricMeanChange === undefined
      ? ""
      : `; latency ${changeText(geometricMeanChange)} on average (geometric mean, not gated)`;
  return `${[
    `${colors.bold(plainText(comparison.suite))}: ${plainText(sidesText(comparison))}`,
    ...notices.map((notice) => colors.dim(plainText(notice))),
    ...parts,
    colors.dim(methodText(comparison)),
    `${paint(verdict, verdict)}: ${countText(comparison)}${mean}${status === "partial" ? " (cut short)" : ""}`,
  ].join("\n\n")}\n`;
}

type Metrics = Comparison["benchmarks"][number]["metrics"];

function metricTable(
  metrics: Metrics,
  { color, width }: TableStyle,
  paint: (verdict: OverallVerdict, text: string) => string,
): string {
  const isWide = width >= 100;
  const head = ["metric", ...(isWide ? ["base", "head"] : []), "change", "interval", "margin", ""];
  const table = new Table({
    head: [...head],
    style: { head: color ? ["cyan"] : [], border: color ? ["gray"] : [], compact: true },
    colAligns: head.map((name) => (name === "metric" || name === "" ? "left" : "right")),
  });
  for (const metric of metrics) {
    table.push([
      metric.name,
      ...(isWide ? [valueText(metric, metric.base), valueText(metric, metric.head)] : []),
      changeText(metric.change),
      intervalText(metric),
      marginText(metric),
      paint(
        metric.verdict,
        `${metric.role === "guard" && metric.verdict === "UNDECIDED" ? "-" : metric.verdict} (${metric.rounds})`,
      ),
    ]);
  }
  return table.toString();
}
