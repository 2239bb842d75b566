// Parallel coordinates: one line per trial through its choices to its result.
import type { StudyParameter, StudyReport, StudyTrialReport } from "@fastgpu/results";
import { ParallelComponent } from "echarts/components";
import { ParallelChart } from "echarts/charts";
import { use } from "echarts/core";
import type { ChartSpec } from "../html/chart.ts";
import { tick } from "../html/chart.ts";
import { formatValue, valueText } from "./study-text.ts";

use([ParallelChart, ParallelComponent]);

/** The chart; undefined with fewer than two parameters or trials. */
export function parallelCoordinates(report: StudyReport): ChartSpec | undefined {
  const { parameters, objectives, trials, best } = report;
  const [objective] = objectives;
  const ran = trials.filter(({ values }) => values?.[objective?.metric ?? ""] !== undefined);
  if (objective === undefined || parameters.length < 2 || ran.length < 2) return undefined;
  const { metric, unit } = objective;
  const result = (trial: StudyTrialReport): number => trial.values?.[metric]?.value ?? NaN;
  const values = ran.map(result);
  const isLog = Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 20;
  const sign = objective.direction === "maximize" ? 1 : -1;
  // The best are drawn last, above the others.
  const ordered = [...ran].sort((a, b) => sign * (result(a) - result(b)));
  const data = ordered.map((trial, place) => ({
    value: [...parameters.map((one) => levelOf(one, trial)), result(trial)],
    lineStyle: lineStyle(trial.number === best, place / Math.max(1, ordered.length - 1)),
  }));
  const axes = parameters.map((parameter, dim) => ({
    dim,
    name: shortName(parameter.name),
    type: "category",
    data: [...parameter.values.map(valueText), "none"].slice(
      0,
      hasGap(parameter, ran) ? undefined : -1,
    ),
    ...look,
  }));
  const last = {
    dim: parameters.length,
    name: metric,
    type: isLog ? "log" : "value",
    scale: true,
    ...look,
    axisLabel: { ...look.axisLabel, formatter: tick((value) => formatValue(value, unit)) },
  };
  return {
    title: "Choices and results",
    caption:
      "One line per trial that ran, from its choices to its result; the strongest lines are the best trials, the green one is the answer of the search.",
    height: 380,
    isWide: true,
    option: {
      parallel: { left: 70, right: 110, top: 48, bottom: 24 },
      parallelAxis: [...axes, last],
      series: [{ type: "parallel", smooth: 0.05, data }],
    },
  };
}

const look = {
  nameTextStyle: { color: "var(--ink)", fontSize: 12 },
  nameGap: 16,
  axisLine: { lineStyle: { color: "var(--line)", width: 1.5 } },
  axisTick: { show: false },
  axisLabel: {
    color: "var(--ink)",
    fontSize: 11,
    backgroundColor: "var(--page)",
    padding: [1, 3],
    borderRadius: 3,
  },
  // Above the lines, which all pass through these labels.
  z: 10,
};

function levelOf(parameter: StudyParameter, { configuration }: StudyTrialReport): string {
  const value = configuration[parameter.name];
  return value === undefined ? "none" : valueText(value);
}

function hasGap({ name }: StudyParameter, trials: readonly StudyTrialReport[]): boolean {
  return trials.some(({ configuration }) => configuration[name] === undefined);
}

function lineStyle(isBest: boolean, rank: number): Record<string, unknown> {
  return isBest
    ? { color: "var(--series-3)", width: 3, opacity: 1 }
    : { color: "var(--series-1)", width: 1.2, opacity: 0.08 + 0.6 * rank ** 3 };
}

/** Names of settings may be long; their end says the most. */
function shortName(name: string): string {
  return name.length > 22 ? `…${name.slice(-21)}` : name;
}
