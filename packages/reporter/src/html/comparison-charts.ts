// Charts of a comparison: all benchmarks with their intervals on one axis, and per benchmark every paired difference.

import type { BenchmarkComparison, Comparison, MetricComparison } from "@fastgpu/results";
import type { CustomSeriesOption } from "echarts/charts";
import { benchmarkName, changeText, toneOf, worseSign } from "../comparison/comparison-view.ts";
import { categoryAxis, drawChart, grid, valueAxis } from "./chart.ts";
import type { Chart } from "./chart.ts";

const toneColors = {
  bad: "var(--bad)",
  warn: "var(--warn-line)",
  good: "var(--good)",
  plain: "var(--series-1)",
} as const;

const percentAxis = (value: number): string => (value === 0 ? "0" : `${(value * 100).toFixed(1)}%`);

/** One row per metric that decides: its estimate, its interval, and its margin. Undefined without any interval. */
export function overviewChart(comparison: Comparison): Chart | undefined {
  const rows = comparison.benchmarks.flatMap((benchmark) => {
    const metric = benchmark.metrics.find(({ interval }) => interval !== undefined);
    return metric?.interval === undefined ? [] : [{ benchmark, metric, interval: metric.interval }];
  });
  if (rows.length === 0) return undefined;
  // The first benchmark is at the top.
  const shown = rows.toReversed();
  const option = {
    grid: grid(),
    xAxis: valueAxis("change of head against base", percentAxis),
    yAxis: categoryAxis(
      shown.map(({ benchmark, metric }) => `${benchmarkName(benchmark)}: ${metric.name}`),
      "",
    ),
    series: [
      {
        type: "custom",
        data: shown.map(({ metric, interval }, row) => [
          interval.low,
          row,
          metric.change,
          interval.high,
          marginChange(metric),
        ]),
        encode: { x: [0, 2, 3, 4], y: 1 },
        renderItem: drawInterval(
          shown.map(({ benchmark }) => toneColors[toneOf(benchmark.verdict)]),
        ),
        z: 3,
      } satisfies CustomSeriesOption,
      zeroLine,
    ],
  };
  return drawChart(
    {
      title: "Change per benchmark",
      caption:
        "Bar: interval of the change; dot: estimate; tick: margin. A regression is a bar that lies wholly beyond its tick.",
      height: 60 + 34 * rows.length,
      isWide: true,
      option,
    },
    "overview",
  );
}

type RenderItem = NonNullable<CustomSeriesOption["renderItem"]>;

const drawInterval =
  (colors: readonly string[]): RenderItem =>
  (params, api) => {
    const row = api.value(1);
    const at = (index: number): readonly [number, number] => {
      const [x = 0, y = 0] = api.coord([api.value(index), row]);
      return [x, y];
    };
    const [[low, y], [estimate], [high], [margin]] = [at(0), at(2), at(3), at(4)];
    const stroke = colors[params.dataIndex] ?? "currentColor";
    return {
      type: "group",
      children: [
        {
          type: "line",
          shape: { x1: low, y1: y, x2: Math.max(high, low + 1), y2: y },
          style: { stroke, lineWidth: 5 },
        },
        { type: "circle", shape: { cx: estimate, cy: y, r: 5 }, style: { fill: stroke } },
        {
          type: "line",
          shape: { x1: margin, y1: y - 9, x2: margin, y2: y + 9 },
          style: { stroke: "var(--ink)", lineWidth: 1.5 },
        },
      ],
    };
  };

/** Where the margin lies as a change of the metric itself. */
function marginChange(metric: MetricComparison): number {
  return worseSign(metric) === 1 ? metric.margin : 1 / (1 + metric.margin) - 1;
}

/** Every round of a benchmark, one chart per metric that was measured in all of them. */
export function roundCharts(benchmark: BenchmarkComparison, id: string): readonly Chart[] {
  return benchmark.metrics
    .filter(({ interval }) => interval !== undefined)
    .map((metric, index) => roundChart(benchmark, metric, `${id}-${index}`));
}

function roundChart({ rounds }: BenchmarkComparison, metric: MetricComparison, id: string): Chart {
  const points = rounds.flatMap(({ round, base, head, voidReason }) => {
    const [a, b] = [base?.values[metric.name], head?.values[metric.name]];
    if (a === undefined || b === undefined) return [];
    return [{ round: round + 1, change: b / a - 1, isVoid: voidReason !== undefined }];
  });
  const color = toneColors[toneOf(metric.verdict)];
  const lines = [
    { yAxis: metric.change, lineStyle: { color, type: "solid" as const, width: 2 } },
    ...(metric.interval === undefined
      ? []
      : [metric.interval.low, metric.interval.high].map((yAxis) => ({
          yAxis,
          lineStyle: { color, type: "dashed" as const },
        }))),
    { yAxis: marginChange(metric), lineStyle: { color: "var(--ink)", type: "dotted" as const } },
    { yAxis: 0, lineStyle: { color: "var(--line)", type: "solid" as const } },
  ];
  return drawChart(
    {
      title: `${metric.name}: ${changeText(metric.change)}`,
      caption: `Head against base in every round${points.some(({ isVoid }) => isVoid) ? "; hollow = void" : ""}. Solid: estimate; dashed: interval; dotted: margin.`,
      height: 240,
      option: {
        grid: grid(),
        xAxis: valueAxis("round", String, {
          min: 0,
          max: Math.max(1, ...points.map(({ round }) => round)) + 1,
          minInterval: 1,
        }),
        yAxis: valueAxis("", percentAxis, { scale: true }),
        series: [
          {
            type: "scatter",
            symbolSize: 8,
            data: points.map(({ round, change, isVoid }) => ({
              value: [round, change],
              itemStyle: isVoid
                ? { color: "transparent", borderColor: color, borderWidth: 1.5 }
                : { color },
            })),
            markLine: { silent: true, symbol: "none", label: { show: false }, data: lines },
          },
          // Lines count for the extent of the axis only where points do.
          {
            type: "scatter",
            symbolSize: 0,
            data: lines.map(({ yAxis }) => [1, yAxis]),
          },
        ],
      },
    },
    id,
  );
}

const zeroLine = {
  type: "scatter",
  data: [],
  markLine: {
    silent: true,
    symbol: "none",
    label: { show: false },
    lineStyle: { color: "var(--line)", type: "solid" },
    data: [{ xAxis: 0 }],
  },
};
