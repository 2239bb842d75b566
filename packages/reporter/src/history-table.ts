// A history in the terminal: the findings, each with the commit that it begins at.

import type { HistoryFinding, HistorySeries } from "@fastgpu/results";
import { createColors } from "picocolors";
import { benchmarkName } from "./comparison/comparison-view.ts";
import { formatMetric } from "./format.ts";
import { plainText } from "./safe-text.ts";
import type { TableStyle } from "./table.ts";

/** A finding with the series it is in. */
export interface PlacedFinding {
  readonly series: HistorySeries;
  readonly finding: HistoryFinding;
}

/** All findings, those that got worse first. */
export function listFindings(history: readonly HistorySeries[]): readonly PlacedFinding[] {
  const rank = { worse: 0, changed: 1, better: 2 } as const;
  return history
    .flatMap((series) => series.findings.map((finding) => ({ series, finding })))
    .sort((a, b) => rank[a.finding.direction] - rank[b.finding.direction]);
}

/** Findings of a history, those that got worse first. */
export function renderHistory(history: readonly HistorySeries[], style: TableStyle): string {
  const colors = createColors(style.color);
  const paint = { worse: colors.red, better: colors.green, changed: colors.yellow };
  const lines = listFindings(history).map(
    ({ series, finding }) =>
      `${paint[finding.direction](finding.direction)}  ${plainText(benchmarkName(series))}  ${series.metric}\n    ${describeFinding(series, finding)}`,
  );
  return `${[...lines, countHistory(history)].join("\n")}\n`;
}

/** How much was looked at and found, as `2 changes in 4 series of up to 110 runs`. */
export function countHistory(history: readonly HistorySeries[]): string {
  const found = listFindings(history).length;
  const points = Math.max(0, ...history.map((series) => series.points.length));
  return `${found} ${found === 1 ? "change" : "changes"} in ${history.length} series of up to ${points} runs`;
}

/** A change, as `1.00 ms → 1.08 ms (+8.0%)`. */
export function describeChange(
  { unit }: HistorySeries,
  { before, after, ratio }: HistoryFinding,
): string {
  const show = (value: number): string =>
    formatMetric({ name: "", value, unit, better: "neither", pointer: "" });
  const percent = Number.isFinite(ratio)
    ? `${ratio >= 1 ? "+" : "−"}${Math.abs((ratio - 1) * 100).toFixed(1)}%`
    : "from 0";
  return `${show(before)} → ${show(after)} (${percent})`;
}

/** A finding in one line: the change, from which commit on, the last one without it. */
export function describeFinding(series: HistorySeries, finding: HistoryFinding): string {
  const { first, last, pValue } = finding;
  return `${describeChange(series, finding)} from ${describeRun(first)} on; last before it ${describeRun(last)}; p = ${pValueText(pValue)}`;
}

/** A p-value of a permutation test, which has no more digits than this. */
export function pValueText(pValue: number): string {
  return String(Number(pValue.toPrecision(2)));
}

/** A run by its commit, as `commit 0123456789ab of 2026-01-02`. */
export function describeRun({ git, runId, startedAt }: HistoryFinding["first"]): string {
  const day = startedAt.slice(0, 10);
  if (git === undefined) return `run ${plainText(runId)} of ${day}`;
  return `commit ${plainText(git.commit.slice(0, 12))}${git.dirty ? " with changes" : ""} of ${day}`;
}
