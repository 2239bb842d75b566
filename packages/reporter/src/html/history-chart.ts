// The chart of one series of a history: a dot per run, the level between changes, the changes.

import type { HistorySeries } from "@fastgpu/results";
import { median, sortSamples } from "@fastgpu/results";
import { formatMetric } from "../format.ts";
import {
  categoryAxis,
  drawChart,
  grid,
  roundExtent,
  seriesColor,
  sizeUnit,
  valueAxis,
} from "./chart.ts";
import type { Chart } from "./chart.ts";

/** An axis spans at least this part of the middle value to both sides, so that noise does not look like change. */
const leastSpread = 0.04;

/** Draws a series. `id` must be unique on the page. */
export function historyChart(series: HistorySeries, id: string): Chart {
  const { points, findings, metric, unit } = series;
  const show = (value: number): string =>
    formatMetric({ name: metric, value, unit, better: "neither", pointer: "" });
  const labels = points.map(
    ({ git, startedAt }) => git?.commit.slice(0, 7) ?? startedAt.slice(0, 10),
  );
  const values = points.map(({ value }) => value);
  return drawChart(
    {
      title: metric,
      caption:
        findings.length === 0
          ? "One dot per run, in order of time; line: their median. No change."
          : "One dot per run, in order of time; line: their median between changes, which are upright.",
      height: 240,
      option: {
        grid: grid(),
        xAxis: categoryAxis(labels, "", {
          axisLabel: { interval: "auto", hideOverlap: true, color: "var(--muted)" },
        }),
        yAxis: valueAxis("", show, extentOf(values, unit === "bytes" ? sizeUnit(values).bytes : 1)),
        series: [
          {
            type: "scatter",
            data: values,
            symbolSize: points.length > 60 ? 4 : 6,
            itemStyle: { color: seriesColor(0) },
            markLine: {
              silent: true,
              symbol: "none",
              label: { show: false },
              lineStyle: { color: seriesColor(1), type: "dashed", width: 1 },
              data: findings.map((finding) => ({ xAxis: finding.index })),
            },
          },
          {
            type: "line",
            data: levelsOf(series),
            symbol: "none",
            step: "end",
            lineStyle: { color: seriesColor(1), width: 2 },
          },
        ],
      },
    },
    id,
  );
}

/** At every run the median of the runs between the changes around it. */
function levelsOf({ points, findings }: HistorySeries): readonly number[] {
  const starts = [0, ...findings.map(({ index }) => index)];
  return starts.flatMap((start, i) => {
    const part = points.slice(start, starts[i + 1] ?? points.length).map(({ value }) => value);
    return part.length === 0 ? [] : part.map(() => median(sortSamples(part)));
  });
}

/** @param step - ticks are round in this unit */
function extentOf(values: readonly number[], step: number): ReturnType<typeof roundExtent> {
  const [low, high] = [Math.min(...values) / step, Math.max(...values) / step];
  const middle = (low + high) / 2;
  const room = leastSpread * Math.abs(middle);
  const { min, max, interval } = roundExtent(
    Math.min(low, middle - room),
    Math.max(high, middle + room),
  );
  return { min: min * step, max: max * step, interval: interval * step };
}
