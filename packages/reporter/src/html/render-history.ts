// A history as one HTML file that needs nothing else: a chart per series with its change points, findings first.

import { readFileSync } from "node:fs";
import type { HistorySeries } from "@fastgpu/results";
import Handlebars from "handlebars";
import { formatMetric } from "../format.ts";
import { describeFinding } from "../history-table.ts";
import { plainText } from "../safe-text.ts";
import { categoryAxis, drawChart, grid, seriesColor, valueAxis } from "./chart.ts";
import type { Chart } from "./chart.ts";

interface SeriesPage {
  readonly benchmark: string;
  readonly metric: string;
  readonly machine: string;
  readonly findings: readonly { readonly direction: string; readonly text: string }[];
  readonly charts: readonly Chart[];
}

interface HistoryPage {
  readonly title: string;
  readonly subtitle: string;
  readonly css: string;
  readonly series: readonly SeriesPage[];
  readonly more: string;
}

/** With more series than this the page would be too large to open; all of them are in the JSON output. */
const maxSeries = 200;

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
  const css = read("report.css");
  const findings = history.reduce((sum, { findings: found }) => sum + found.length, 0);
  const hidden = history.length - maxSeries;
  return template({
    title: "History",
    subtitle: `${findings} ${findings === 1 ? "change" : "changes"} in ${history.length} series`,
    css,
    series: history.slice(0, maxSeries).map(seriesPage),
    more: hidden > 0 ? `${hidden} more series without a chart` : "",
  });
}

function seriesPage(series: HistorySeries, index: number): SeriesPage {
  return {
    benchmark: plainText(`${series.suite}: ${series.benchmark}`),
    metric: series.metric,
    machine: plainText(series.machine.slice(0, 12)),
    findings: series.findings.map((finding) => ({
      direction: finding.direction,
      text: describeFinding(series, finding),
    })),
    charts: [seriesChart(series, `h${index}`)],
  };
}

function seriesChart({ points, findings, metric, unit }: HistorySeries, id: string): Chart {
  const show = (value: number): string =>
    formatMetric({ name: metric, value, unit, better: "neither", pointer: "" });
  const labels = points.map(
    ({ git, startedAt }) => git?.commit.slice(0, 7) ?? startedAt.slice(0, 10),
  );
  return drawChart(
    {
      title: metric,
      caption: `One dot per run, in order of time; vertical lines: changes.`,
      height: 240,
      isWide: true,
      option: {
        grid: grid(),
        xAxis: categoryAxis(labels, "", {
          axisLabel: { interval: "auto", hideOverlap: true, color: "var(--muted)" },
        }),
        yAxis: valueAxis("", show, { scale: true }),
        series: [
          {
            type: "line",
            data: points.map(({ value }) => value),
            symbol: "circle",
            symbolSize: 5,
            lineStyle: { width: 1 },
            itemStyle: { color: seriesColor(0) },
            markLine: {
              silent: true,
              symbol: "none",
              label: { show: false },
              lineStyle: { color: seriesColor(1), type: "solid", width: 1.5 },
              data: findings.map((finding) => ({ xAxis: finding.index })),
            },
          },
        ],
      },
    },
    id,
  );
}
