// Learning curves: loss and accuracy by epoch, one line per run.

import type { EpochRecord, Training } from "@fastgpu/results";
import { formatNumber, formatShare } from "../format.ts";
import type { WorkloadView } from "../run-view.ts";
import { drawChart, grid, legend, seriesColor, tick, valueAxis } from "./chart.ts";
import type { Chart, ChartSpec } from "./chart.ts";

interface Run {
  readonly label: string;
  readonly color: string;
  readonly training: Training;
}

interface Curve {
  readonly name: string;
  readonly isDashed: boolean;
  readonly value: (epoch: EpochRecord) => number | undefined;
}

/** Loss and, where it was measured, accuracy by epoch; empty when nothing was trained. */
export function trainingCharts(workload: WorkloadView, id: string): readonly Chart[] {
  const shown = workload.configurations.filter(({ trained }) => trained !== undefined);
  const runs = shown.flatMap(({ label, trials }, index) =>
    trials.flatMap(({ trial: { outcome } }) => {
      const training = outcome.state === "ok" ? outcome.measurements.training : undefined;
      const name = shown.length > 1 ? `${label}: ` : "";
      return training === undefined ? [] : [{ label: name, color: seriesColor(index), training }];
    }),
  );
  if (runs.length === 0) return [];
  const loss = curves(runs, [
    { name: "training", isDashed: false, value: (epoch) => epoch.loss },
    { name: "validation", isDashed: true, value: (epoch) => epoch.validationLoss },
  ]);
  const accuracy = curves(runs, [
    { name: "training", isDashed: false, value: (epoch) => epoch.accuracy },
    { name: "validation", isDashed: true, value: (epoch) => epoch.validationAccuracy },
  ]);
  const count = `${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
  const specs: ChartSpec[] = [
    {
      ...frame(loss, formatNumber),
      title: "Loss by epoch",
      caption: `${count}, one line per seed; lower is better.`,
    },
  ];
  if (accuracy.length > 0) {
    specs.push({
      ...frame(withTarget(accuracy, runs), formatShare, { max: atMostAll }),
      title: "Accuracy by epoch",
      caption: `${count}, one line per seed; higher is better.`,
    });
  }
  return specs.map((spec, index) => drawChart(spec, `${id}-${index}`));
}

function frame(
  series: readonly Series[],
  format: (value: number) => string,
  bounds: Readonly<Record<string, unknown>> = {},
): Pick<ChartSpec, "height" | "option"> {
  const names = [...new Set(series.map(({ name }) => name))];
  return {
    height: 320,
    option: {
      legend: legend(names),
      grid: grid(34),
      xAxis: valueAxis("epoch", String, {
        minInterval: 1,
        min: 1,
        max: "dataMax",
        splitLine: { show: false },
      }),
      yAxis: valueAxis("", format, { scale: true, ...bounds }),
      series,
    },
  };
}

/** Ends a share's axis at 100% where round steps would go beyond; null leaves the end to the steps. */
function atMostAll({ max }: { readonly max: number }): number | null {
  return max > 0.9 ? 1 : null;
}

type Series = Readonly<Record<string, unknown>> & { readonly name: string };

function curves(runs: readonly Run[], kinds: readonly Curve[]): readonly Series[] {
  // A single configuration leaves colours free to tell validation from training.
  const isSingle = new Set(runs.map(({ color }) => color)).size === 1;
  return kinds.flatMap(({ name, isDashed, value }) =>
    runs.flatMap(({ label, color, training }) => {
      const data = training.epochs.flatMap((epoch) => {
        const y = value(epoch);
        return y === undefined ? [] : [[epoch.epoch, y]];
      });
      if (data.length === 0) return [];
      const own = isSingle && isDashed ? seriesColor(1) : color;
      return [
        {
          type: "line",
          name: `${label}${name}`,
          data,
          showSymbol: data.length === 1,
          symbol: "circle",
          lineStyle: { width: 1.75, opacity: 0.85, ...(isDashed && { type: [5, 4] }) },
          itemStyle: { color: own },
        },
      ];
    }),
  );
}

// The target is drawn once, by the first series that has the same scale.
function withTarget(series: readonly Series[], runs: readonly Run[]): readonly Series[] {
  const target = runs.flatMap(({ training }) => training.timeToTarget ?? [])[0];
  const [first, ...rest] = series;
  if (first === undefined || target === undefined || !/accuracy/i.test(target.metric))
    return series;
  const markLine = {
    silent: true,
    symbol: "none",
    data: [{ yAxis: target.target }],
    lineStyle: { color: "var(--muted)", type: "solid", width: 1 },
    label: {
      formatter: `target ${tick(formatShare)(target.target)}`,
      position: "insideEndBottom",
      color: "var(--muted)",
    },
  };
  return [{ ...first, markLine }, ...rest];
}
