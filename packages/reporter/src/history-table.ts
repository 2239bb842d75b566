// A history in the terminal: the findings, each with the commit that it begins at.

import type { HistoryFinding, HistorySeries } from "@fastgpu/results";
import { createColors } from "picocolors";
import { formatMetric, formatNumber } from "./format.ts";
import { plainText } from "./safe-text.ts";
import type { TableStyle } from "./table.ts";

/** Findings of a history, those that got worse first. */
export function renderHistory(history: readonly HistorySeries[], style: TableStyle): string {
  const colors = createColors(style.color);
  const rank = { worse: 0, changed: 1, better: 2 } as const;
  const rows = history
    .flatMap((series) => series.findings.map((finding) => ({ series, finding })))
    .sort((a, b) => rank[a.finding.direction] - rank[b.finding.direction]);
  const lines = rows.map(({ series, finding }) => {
    const paint = { worse: colors.red, better: colors.green, changed: colors.yellow };
    return `${paint[finding.direction](finding.direction)}  ${plainText(series.benchmark)}  ${series.metric}\n    ${describeFinding(series, finding)}`;
  });
  const points = Math.max(0, ...history.map((series) => series.points.length));
  const count = `${rows.length} ${rows.length === 1 ? "change" : "changes"} in ${history.length} series of up to ${points} runs`;
  return `${[...lines, count].join("\n")}\n`;
}

/** A finding in one line, as `1.00 ms -> 1.08 ms (+8.0%) from commit 0123456789 on, last without it ...`. */
export function describeFinding(
  { unit }: HistorySeries,
  { before, after, ratio, first, last, pValue }: HistoryFinding,
): string {
  const show = (value: number): string =>
    formatMetric({ name: "", value, unit, better: "neither", pointer: "" });
  const percent = Number.isFinite(ratio)
    ? `${ratio >= 1 ? "+" : ""}${((ratio - 1) * 100).toFixed(1)}%`
    : "from 0";
  return `${show(before)} -> ${show(after)} (${percent}) from ${describeRun(first)} on; last before it ${describeRun(last)}; p ${formatNumber(pValue)}`;
}

function describeRun({ git, runId, startedAt }: HistoryFinding["first"]): string {
  const day = startedAt.slice(0, 10);
  if (git === undefined) return `run ${plainText(runId)} of ${day}`;
  return `commit ${plainText(git.commit.slice(0, 12))}${git.dirty ? " with changes" : ""} of ${day}`;
}
