// Charts of one trial: every iteration in order, and the distribution of the counted ones.

import { histogram, sortSamples } from "@fastgpu/results";
import type { Timing } from "@fastgpu/results";
import type { CustomSeriesOption } from "echarts/charts";
import { formatDuration, formatShare } from "../format.ts";
import { drawChart, grid, legend, seriesColor, valueAxis } from "./chart.ts";
import type { Chart, ChartSpec } from "./chart.ts";

/** Samples in order, then their distribution. */
export function trialCharts(timing: Timing, id: string): readonly Chart[] {
  return [drawChart(sampleSequence(timing), `${id}-0`), drawChart(distribution(timing), `${id}-1`)];
}

/** Most points a sequence is drawn with. */
const maxPoints = 800;

type Point = readonly [index: number, ns: number];

function sampleSequence({ warmup, latencyNs, voidSamples }: Timing): ChartSpec {
  const warm = warmup.latencyNs.map((ns, index): Point => [index, ns]);
  const start = warm.length;
  const timed = latencyNs.map((ns, index): Point => [start + index, ns]);
  const voids = new Set(voidSamples.map(({ index }) => index));
  const left = timed.filter((_, index) => voids.has(index));
  const kept = thin(timed.filter((_, index) => !voids.has(index)));
  const all = [...warm, ...timed].map(([, ns]) => ns);
  const isLog = Math.min(...bounds(all)) > 0 && ratio(all) > 20;
  const names = ["warm-up", "counted", ...(left.length > 0 ? ["void"] : [])];
  const thinned = kept.length < latencyNs.length - left.length;
  const more = thinned
    ? ` Of ${latencyNs.length} counted samples the lowest and highest of each group are drawn.`
    : "";
  return {
    title: "Iterations in order",
    caption: `Each dot is one iteration, warm-up first${isLog ? "; logarithmic axis" : ""}.${more}`,
    height: 260,
    option: {
      legend: legend(names),
      grid: grid(34),
      xAxis: valueAxis("iteration", String, {
        splitLine: { show: false },
        max: "dataMax",
        minInterval: 1,
      }),
      yAxis: valueAxis("", formatDuration, isLog ? { type: "log" } : { min: 0 }),
      series: [
        dots("warm-up", thin(warm), "var(--muted)"),
        dots("counted", kept, seriesColor(0)),
        ...(left.length > 0 ? [dots("void", left, seriesColor(3))] : []),
      ],
    },
  };
}

function dots(name: string, data: readonly Point[], color: string): Record<string, unknown> {
  return {
    type: "scatter",
    name,
    data,
    symbol: "rect",
    symbolSize: 2.5,
    // One path for all dots instead of an element for each.
    large: true,
    largeThreshold: 0,
    itemStyle: { color, opacity: 0.75 },
  };
}

// The extremes of each group stay, so that thinning hides no spike.
function thin(points: readonly Point[]): readonly Point[] {
  if (points.length <= maxPoints) return points;
  const size = Math.ceil((2 * points.length) / maxPoints);
  const kept: Point[] = [];
  for (let start = 0; start < points.length; start += size) {
    const group = points.slice(start, start + size);
    const low = group.reduce((best, point) => (point[1] < best[1] ? point : best));
    const high = group.reduce((best, point) => (point[1] > best[1] ? point : best));
    kept.push(...(low[0] < high[0] ? [low, high] : [high, low]));
  }
  return kept;
}

function distribution({ latencyNs, latency, voidSamples }: Timing): ChartSpec {
  const voids = new Set(voidSamples.map(({ index }) => index));
  const counted = latencyNs.filter((_, index) => !voids.has(index));
  // With a long tail equal bins would put nearly everything into one, so bins are equal in the logarithm.
  const isLog = latency.minNs > 0 && latency.maxNs / latency.p50Ns > 4;
  const to = (ns: number) => (isLog ? Math.log10(ns) : ns);
  const from = (x: number) => (isLog ? 10 ** x : x);
  const sorted = sortSamples(counted.map(to));
  const bins = histogram(sorted);
  const say = (x: number) => formatDuration(from(x));
  const mark = (name: string, ns: number) => ({ xAxis: to(ns), label: { formatter: name } });
  return {
    title: "Distribution",
    caption: `Histogram of ${counted.length} counted samples with median and 95th percentile; the line is the share at or below${isLog ? "; logarithmic axis" : ""}.`,
    height: 260,
    option: {
      grid: { ...grid(34), right: 12 },
      xAxis: valueAxis(
        "",
        say,
        { min: sorted[0], max: sorted.at(-1), splitLine: { show: false }, splitNumber: 4 },
        // The ends are samples and not round numbers.
        { showMinLabel: false, showMaxLabel: false },
      ),
      yAxis: [
        valueAxis("", String, { min: 0, minInterval: 1 }),
        valueAxis("", formatShare, {
          min: 0,
          max: 1,
          splitLine: { show: false },
        }),
      ],
      series: [
        {
          type: "custom",
          renderItem: drawBin,
          data: bins.map(({ low, high, count }) => [low, high, count]),
          encode: { x: [0, 1], y: 2 },
          markLine: {
            silent: true,
            symbol: "none",
            lineStyle: { color: "var(--ink)", type: [3, 3], width: 1 },
            label: { color: "var(--ink)", fontSize: 11 },
            data: [mark("p50", latency.p50Ns), mark("p95", latency.p95Ns)],
          },
        },
        {
          type: "line",
          yAxisIndex: 1,
          step: "end",
          showSymbol: false,
          data: cumulative(sorted),
          lineStyle: { width: 1.5 },
          itemStyle: { color: seriesColor(1) },
        },
      ],
    },
  };
}

const drawBin: CustomSeriesOption["renderItem"] = (_, api) => {
  const [left = 0, top = 0] = api.coord([api.value(0), api.value(2)]);
  const [right = 0, bottom = 0] = api.coord([api.value(1), 0]);
  const width = Math.max(1, right - left - 1);
  return {
    type: "rect",
    shape: { x: left, y: top, width, height: bottom - top },
    style: { fill: seriesColor(0), opacity: 0.6 },
  };
};

function cumulative(sorted: readonly number[]): readonly (readonly [number, number])[] {
  const steps = Math.min(100, sorted.length);
  return Array.from({ length: steps }, (_, step) => {
    const rank = Math.ceil(((step + 1) * sorted.length) / steps);
    return [sorted[rank - 1] ?? 0, rank / sorted.length] as const;
  });
}

function bounds(values: readonly number[]): readonly [number, number] {
  return [
    values.reduce((a, b) => Math.min(a, b), Infinity),
    values.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
}

function ratio(values: readonly number[]): number {
  const [low, high] = bounds(values);
  return high / low;
}
