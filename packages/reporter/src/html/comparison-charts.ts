// Charts of a comparison: all benchmarks with their intervals on one axis, and per benchmark every paired difference.

import type { BenchmarkComparison, Comparison, MetricComparison } from "@fastgpu/results";
import type { CustomSeriesOption } from "echarts/charts";
import { benchmarkName, changeText, toneOf, worseSign } from "../comparison/comparison-view.ts";
import { categoryAxis, drawChart, grid, roundExtent, valueAxis } from "./chart.ts";
import type { Chart } from "./chart.ts";

const toneColors = {
  bad: "var(--bad)",
  warn: "var(--warn-line)",
  good: "var(--good)",
  plain: "var(--series-1)",
} as const;

const percentAxis = (value: number): string => (value === 0 ? "0" : `${(value * 100).toFixed(1)}%`);

/** The metric that a benchmark's verdict rests on: the first one with that verdict, else the first one. */
function tellingMetric({ metrics, verdict }: BenchmarkComparison): MetricComparison | undefined {
  const drawn = metrics.filter(({ interval }) => interval !== undefined);
  return drawn.find((metric) => metric.verdict === verdict) ?? drawn[0];
}

/** One row per benchmark: estimate, interval, and margin of what decided. Undefined without any interval. */
export function overviewChart(comparison: Comparison): Chart | undefined {
  const rows = comparison.benchmarks.flatMap((benchmark) => {
    const metric = tellingMetric(benchmark);
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
      {
        axisLabel: {
          color: "var(--ink)",
          interval: 0,
          width: 330,
          overflow: "break",
          lineHeight: 14,
        },
      },
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
        renderItem: drawInterval(shown.map(({ metric }) => toneColors[toneOf(metric.verdict)])),
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
      height: 60 + 38 * rows.length,
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

interface RoundPoint {
  readonly round: number;
  readonly change: number;
  readonly isVoid: boolean;
}

function roundChart({ rounds }: BenchmarkComparison, metric: MetricComparison, id: string): Chart {
  const points = rounds.flatMap(({ round, base, head, voidReason }): readonly RoundPoint[] => {
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
    { yAxis: marginChange(metric), lineStyle: { color: "var(--ink)", type: [2, 4], width: 1.5 } },
    { yAxis: 0, lineStyle: { color: "var(--line)", type: "solid" as const } },
  ];
  const extent = extentOf(
    points,
    lines.map(({ yAxis }) => yAxis),
  );
  return drawChart(
    {
      title: `${metric.name}: ${changeText(metric.change)}`,
      caption: captionOf(points, extent),
      height: 240,
      option: {
        grid: grid(),
        xAxis: valueAxis(
          "round",
          String,
          { min: 0, max: Math.max(1, ...points.map(({ round }) => round)) + 1, minInterval: 1 },
          // The last one is half a step beyond the last round.
          { showMaxLabel: false },
        ),
        yAxis: valueAxis("", percentAxis, extent),
        series: [
          {
            type: "scatter",
            data: points.map((point) => drawPoint(point, extent, color)),
            markLine: {
              silent: true,
              symbol: "none",
              label: { show: false },
              // The library rounds to two digits, which would draw a margin of 2.5% at 3%.
              precision: 12,
              data: lines,
            },
          },
        ],
      },
    },
    id,
  );
}

type Extent = ReturnType<typeof roundExtent>;

/**
 * Where the lines and most points are: a round that was disturbed tenfold must not press all others into one line. What
 * lies further out than the middle 80% are wide is drawn at the edge.
 */
function extentOf(points: readonly RoundPoint[], lines: readonly number[]): Extent {
  const changes = points.map(({ change }) => change).sort((a, b) => a - b);
  const at = (share: number): number => changes[Math.round(share * (changes.length - 1))] ?? 0;
  const width = at(0.9) - at(0.1);
  const low = Math.max(at(0), at(0.1) - width);
  const high = Math.min(at(1), at(0.9) + width);
  return roundExtent(Math.min(low, ...lines), Math.max(high, ...lines));
}

function isBeyond({ change }: RoundPoint, { min, max }: Extent): boolean {
  return change < min || change > max;
}

function captionOf(points: readonly RoundPoint[], extent: Extent): string {
  const beyond = points.filter((point) => isBeyond(point, extent)).length;
  const parts = [
    "Head against base in every round",
    ...(points.some(({ isVoid }) => isVoid) ? ["hollow = void"] : []),
    ...(beyond > 0 ? [`triangle = beyond the axis (${beyond})`] : []),
  ];
  return `${parts.join("; ")}. Solid: estimate; dashed: interval; dotted: margin.`;
}

function drawPoint(point: RoundPoint, extent: Extent, color: string): object {
  const { round, change, isVoid } = point;
  const beyond = isBeyond(point, extent)
    ? { symbol: "triangle", symbolRotate: change > extent.max ? 0 : 180 }
    : {};
  return {
    value: [round, Math.min(extent.max, Math.max(extent.min, change))],
    symbolSize: 8,
    ...beyond,
    itemStyle: isVoid ? { color: "transparent", borderColor: color, borderWidth: 1.5 } : { color },
  };
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
