// A comparison as Markdown for a comment on a pull request: the answer first, then a table, details folded away. The
// first line is a marker by which a bot finds its earlier comment.

import type { BenchmarkComparison, Comparison, MetricComparison } from "@fastgpu/results";
import { markdownText } from "../safe-text.ts";
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

/** What a comment of this tool starts with. */
export const commentMarker = "<!-- fastgpu-bench compare -->";

const icons = { bad: "🔴", warn: "🟡", good: "🟢", plain: "⚪" } as const;

/** GitHub cuts comments at 65,536 characters; the details of later benchmarks give way. */
const maxLength = 60_000;

/** The comment. */
export function renderComparisonMarkdown(comparison: Comparison): string {
  const { verdict, suite, geometricMeanChange, benchmarks, notices, status } = comparison;
  const mean =
    geometricMeanChange === undefined
      ? ""
      : ` Latency ${changeText(geometricMeanChange)} on average (geometric mean, not gated).`;
  const top = [
    commentMarker,
    `### ${icons[toneOf(verdict)]} ${verdict}: ${markdownText(suite)}`,
    `${countText(comparison)}.${mean}${status === "partial" ? " **Cut short.**" : ""}  \n${markdownText(sidesText(comparison))}`,
    ...notices.map((notice) => `> ${markdownText(notice)}`),
    overview(benchmarks),
  ];
  const foot = `<sub>${markdownText(methodText(comparison))}. Machine ${comparison.environment.fingerprint.slice(0, 12)}.</sub>`;
  let text = top.join("\n\n");
  let left = 0;
  for (const benchmark of benchmarks) {
    const part = details(benchmark);
    if (part === "") continue;
    if (text.length + part.length + foot.length > maxLength) left += 1;
    else text += `\n\n${part}`;
  }
  const cut = left === 0 ? "" : `\n\n${left} more in the report.`;
  return `${text}${cut}\n\n${foot}\n`;
}

function overview(benchmarks: readonly BenchmarkComparison[]): string {
  const rows = benchmarks.map((benchmark) => {
    const { verdict, metrics, reason } = benchmark;
    const decisive = metrics.find((metric) => metric.verdict === verdict) ?? metrics[0];
    const name = markdownText(benchmarkName(benchmark));
    const start = `| ${icons[toneOf(verdict)]} **${verdict}** | ${name} |`;
    const hasNumbers =
      decisive !== undefined && verdict !== "CRASHED" && !reason.startsWith("counters");
    return hasNumbers
      ? `${start} ${decisive.name} ${changeText(decisive.change)} ${intervalText(decisive)} | ${marginText(decisive)} | ${decisive.rounds} |`
      : `${start} ${markdownText(reason)} | | |`;
  });
  return [
    "| verdict | benchmark | change | margin | rounds |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function details(benchmark: BenchmarkComparison): string {
  const { metrics, verdict } = benchmark;
  const counters = changedCounters(benchmark).map(counterText);
  if (metrics.length === 0 && counters.length === 0) return "";
  const rows = metrics.map(
    (metric: MetricComparison) =>
      `| ${metric.name} | ${valueText(metric, metric.base)} | ${valueText(metric, metric.head)} | ${changeText(metric.change)} ${intervalText(metric)} | ${marginText(metric)} | ${metric.verdict}${detectable(metric)} |`,
  );
  return [
    `<details><summary>${verdict}: ${markdownText(benchmarkName(benchmark))}</summary>`,
    "",
    ...(counters.length === 0 ? [] : [`Counters: ${markdownText(counters.join(", "))}`, ""]),
    "| metric | base | head | change | margin | verdict |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    "</details>",
  ].join("\n");
}

function detectable(metric: MetricComparison): string {
  const text = detectableText(metric);
  return text === "" ? "" : `; ${text}`;
}
