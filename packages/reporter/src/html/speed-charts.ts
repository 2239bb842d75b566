// Charts of a workload's speed: throughput, latency, where the time goes, memory.

import { configurationKey } from "@fastgpu/results";
import type { CustomSeriesOption } from "echarts/charts";
import { formatCount, formatDuration, formatNumber, formatShare } from "../format.ts";
import { distinguish, perBatch } from "../run-view.ts";
import type { ConfigurationView, WorkloadView } from "../run-view.ts";
import {
  categoryAxis,
  drawChart,
  grid,
  legend,
  seriesColor,
  sizeUnit,
  valueAxis,
} from "./chart.ts";
import type { Chart, ChartSpec } from "./chart.ts";

/** All charts that the workload has data for. One configuration has nothing to compare, so it has none. */
export function speedCharts(workload: WorkloadView, id: string): readonly Chart[] {
  const timed = workload.configurations.filter(({ timed: speed }) => speed !== undefined);
  if (timed.length < 2) return [];
  const batches = new Set(timed.map(({ config }) => config.batchSize));
  const specs: readonly (ChartSpec | undefined)[] = [
    batches.size > 1 ? throughputByBatch(timed) : throughputBars(timed),
    latencyRanges(timed),
    memoryBars(timed),
    timeSplit(timed),
  ];
  return specs
    .filter((spec) => spec !== undefined)
    .map((spec, index) => drawChart(spec, `${id}-${index}`));
}

/** Memory bars alone, for workloads that only train; none for a single configuration. */
export function memoryCharts(workload: WorkloadView, id: string): readonly Chart[] {
  const trained = workload.configurations.filter(({ trained: run }) => run !== undefined);
  return trained.length < 2 ? [] : [drawChart(memoryBars(trained), id)];
}

function throughputByBatch(timed: readonly ConfigurationView[]): ChartSpec {
  const sizes = [...new Set(timed.map(({ config }) => config.batchSize))].sort((a, b) => a - b);
  const lines = groupByRest(timed);
  const firsts = lines.map(([first]) => ({ ...first.config, batchSize: 1 }));
  const { labels } = distinguish(firsts);
  const series = lines.map((members, index) => ({
    type: "line",
    name: labels[index],
    data: sizes.map((size) => {
      const member = members.find(({ config }) => config.batchSize === size);
      return member?.timed?.samplesPerSecond ?? "-";
    }),
    connectNulls: true,
    symbol: "circle",
    symbolSize: 7,
    lineStyle: { width: 2, ...(index >= 8 && { type: "dashed" as const }) },
    itemStyle: { color: seriesColor(index) },
  }));
  return {
    title: "Throughput by batch size",
    caption: "Samples per second, median of the processes; higher is better.",
    height: 300,
    option: {
      legend: lines.length > 1 ? legend(labels) : undefined,
      grid: grid(lines.length > 1 ? 34 : 12),
      xAxis: categoryAxis(sizes.map(String), "batch size", { boundaryGap: false }),
      yAxis: valueAxis("", formatCount, { min: 0 }),
      series,
    },
  };
}

// Configurations that differ in nothing but the batch size, in order of first appearance.
function groupByRest(
  timed: readonly ConfigurationView[],
): readonly (readonly [ConfigurationView, ...ConfigurationView[]])[] {
  const groups = new Map<string, [ConfigurationView, ...ConfigurationView[]]>();
  for (const view of timed) {
    const key = configurationKey({ ...view.config, batchSize: 1 });
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [view]);
    else group.push(view);
  }
  return [...groups.values()];
}

function throughputBars(timed: readonly ConfigurationView[]): ChartSpec {
  return {
    title: "Throughput",
    caption: "Samples per second, median of the processes; higher is better.",
    height: rowsHeight(timed.length),
    option: {
      grid: grid(),
      ...rowAxes(timed, valueAxis("", formatCount, { min: 0 })),
      series: [
        bars(
          "",
          timed.map(({ timed: speed }) => speed?.samplesPerSecond ?? 0),
          0,
        ),
      ],
    },
  };
}

function latencyRanges(timed: readonly ConfigurationView[]): ChartSpec {
  const marks = timed.flatMap(({ config, trials }, row) =>
    trials.flatMap(({ trial: { outcome } }) => {
      const timing = outcome.state === "ok" ? outcome.measurements.timing : undefined;
      if (timing === undefined) return [];
      const marked = ["p05Ns", "p50Ns", "p95Ns", "maxNs"] as const;
      return [[row, ...marked.map((which) => perBatch(timing, config, which))]];
    }),
  );
  const all = marks.flatMap(([, ...values]) => values);
  const isLog = Math.min(...all) > 0 && Math.max(...all) / Math.min(...all) > 20;
  const scale = isLog ? { type: "log" } : { min: 0 };
  return {
    title: "Latency per batch",
    caption: `Dot: median. Bar: 5th to 95th percentile. Tick: maximum. One mark per process${isLog ? "; logarithmic axis" : ""}.`,
    height: rowsHeight(timed.length),
    option: {
      grid: grid(),
      ...rowAxes(timed, valueAxis("", formatDuration, scale)),
      series: [
        { type: "custom", renderItem: drawRange, data: marks, encode: { x: [1, 2, 3, 4], y: 0 } },
      ],
    },
  };
}

const drawRange: CustomSeriesOption["renderItem"] = (_, api) => {
  const row = api.value(0);
  const at = (dimension: number) => api.coord([api.value(dimension), row]);
  const [left = 0, y = 0] = at(1);
  const [middle = 0] = at(2);
  const [right = 0] = at(3);
  const [end = 0] = at(4);
  const stroke = seriesColor(0);
  return {
    type: "group",
    children: [
      {
        type: "line",
        shape: { x1: right, y1: y, x2: end, y2: y },
        style: { stroke, lineWidth: 1, opacity: 0.5 },
      },
      {
        type: "line",
        shape: { x1: end, y1: y - 5, x2: end, y2: y + 5 },
        style: { stroke, lineWidth: 1.5, opacity: 0.6 },
      },
      {
        type: "rect",
        shape: { x: left, y: y - 4, width: Math.max(2, right - left), height: 8, r: 2 },
        style: { fill: stroke, opacity: 0.35 },
      },
      { type: "circle", shape: { cx: middle, cy: y, r: 4 }, style: { fill: stroke } },
    ],
  };
};

function memoryBars(configurations: readonly ConfigurationView[]): ChartSpec {
  const measured = configurations.filter(({ timed, trained }) => (timed ?? trained) !== undefined);
  const host = measured.map(({ timed, trained }) => (timed ?? trained)?.peakRssBytes ?? 0);
  const device = measured.map(({ trials }) =>
    Math.max(
      0,
      ...trials.map(({ trial: { outcome } }) =>
        outcome.state === "ok" ? (outcome.measurements.memory.devicePeakBytes ?? 0) : 0,
      ),
    ),
  );
  const hasDevice = device.some((bytes) => bytes > 0);
  const unit = sizeUnit([...host, ...device]);
  const scaled = (sizes: readonly number[]) => sizes.map((bytes) => bytes / unit.bytes);
  return {
    title: "Peak memory",
    caption: `Highest memory of the backend process${hasDevice ? " and of the device" : ""}, ${unit.name}.`,
    height: rowsHeight(measured.length) + (hasDevice ? 24 : 0),
    option: {
      legend: hasDevice ? legend(["process", "device"]) : undefined,
      grid: grid(hasDevice ? 34 : 12),
      ...rowAxes(measured, valueAxis("", formatNumber, { min: 0, splitNumber: 4 })),
      series: [
        bars("process", scaled(host), 0),
        ...(hasDevice ? [bars("device", scaled(device), 1)] : []),
      ],
    },
  };
}

function timeSplit(timed: readonly ConfigurationView[]): ChartSpec | undefined {
  const parts = ["hostNs", "uploadNs", "computeNs", "downloadNs"] as const;
  const splits = timed.map(({ trials }) => {
    const first = trials.find(({ trial: { outcome } }) => outcome.state === "ok")?.trial.outcome;
    return first?.state === "ok" ? first.measurements.timing?.split : undefined;
  });
  if (splits.every((split) => split === undefined)) return undefined;
  const names = parts.map((part) => part.replace("Ns", ""));
  return {
    title: "Where an iteration's time goes",
    caption: "Share of the mean iteration of the first process.",
    height: rowsHeight(timed.length) + 24,
    option: {
      legend: legend(names),
      grid: grid(34),
      ...rowAxes(timed, valueAxis("", formatShare, { min: 0, max: 1 })),
      series: parts.map((part, index) => {
        const values = splits.map((split) => {
          const total = parts.reduce((sum, each) => sum + (split?.[each] ?? 0), 0);
          return total === 0 ? 0 : (split?.[part] ?? 0) / total;
        });
        return { ...bars(names[index] ?? "", values, index), stack: "time" };
      }),
    },
  };
}

function bars(name: string, values: readonly number[], color: number): Record<string, unknown> {
  return {
    type: "bar",
    name,
    data: [...values],
    barMaxWidth: 16,
    itemStyle: { color: seriesColor(color), borderRadius: 2 },
  };
}

function rowAxes(rows: readonly ConfigurationView[], value: unknown): Record<string, unknown> {
  const names = rows.map(({ label }) => label);
  return {
    xAxis: value,
    yAxis: categoryAxis(names, "", { inverse: true, axisLine: { show: false } }),
  };
}

function rowsHeight(rows: number): number {
  return 56 + 28 * Math.max(3, rows);
}
