// Charts of a study: how it converged, what trades against what, which choices lead where, what matters, what could be
// predicted, and what the time went into.
import type { StudyReport, StudyTrialReport } from "@fastgpu/results";
import { formatDuration, formatShare } from "../format.ts";
import {
  categoryAxis,
  drawChart,
  grid,
  legend,
  seriesColor,
  valueAxis,
  type Chart,
  type ChartSpec,
} from "../html/chart.ts";
import { parallelCoordinates } from "./parallel-chart.ts";
import { formatValue } from "./study-text.ts";

const good = "var(--series-3)";
const bad = "var(--bad)";
const plain = "var(--series-1)";

/** All charts that the study has data for. */
export function studyCharts(report: StudyReport): readonly Chart[] {
  const specs: readonly (ChartSpec | undefined)[] = [
    convergence(report),
    paretoChart(report),
    parallelCoordinates(report),
    importanceChart(report),
    predictionChart(report),
    infeasibleChart(report),
    costChart(report),
  ];
  return specs
    .filter((spec) => spec !== undefined)
    .map((spec, index) => drawChart(spec, `study-${index}`));
}

function valueIn(trial: StudyTrialReport, metric: string): number | undefined {
  return trial.values?.[metric]?.value;
}

function convergence(report: StudyReport): ChartSpec | undefined {
  const [objective] = report.objectives;
  if (objective === undefined) return undefined;
  const { metric, direction, unit } = objective;
  const ran = report.trials.filter((trial) => valueIn(trial, metric) !== undefined);
  if (ran.length < 2) return undefined;
  const sign = direction === "maximize" ? 1 : -1;
  let best = -Infinity;
  const line = report.trials.map((trial) => {
    const value = valueIn(trial, metric);
    if (value !== undefined && trial.reason === undefined) best = Math.max(best, sign * value);
    return [trial.number + 1, Number.isFinite(best) ? sign * best : "-"];
  });
  const dots = (isAnswer: boolean) =>
    ran
      .filter(({ reason }) => (reason === undefined) === isAnswer)
      .map((trial) => [trial.number + 1, valueIn(trial, metric)]);
  const baseline = report.trials.find(({ origin }) => origin === "baseline");
  const level = baseline === undefined ? undefined : valueIn(baseline, metric);
  const breaks = dots(false);
  const names = ["best so far", "trial", ...(breaks.length > 0 ? ["breaks a bound"] : [])];
  return {
    title: "Convergence",
    caption: `${metric} of each trial and the best so far; ${direction === "maximize" ? "higher" : "lower"} is better.${level === undefined ? "" : " Dashed: the default configuration."}`,
    height: 320,
    isWide: true,
    option: {
      legend: legend(names),
      grid: grid(34),
      xAxis: valueAxis("trial", String, {
        min: 1,
        max: report.trials.length,
        minInterval: 1,
      }),
      yAxis: valueAxis("", (value) => formatValue(value, unit), scaleOf(ran, metric)),
      series: [
        {
          type: "line",
          name: "best so far",
          step: "end",
          data: line,
          symbol: "none",
          lineStyle: { width: 2.5, color: good },
          itemStyle: { color: good },
          ...(level === undefined ? {} : { markLine: dashedAt(level) }),
        },
        scatter("trial", dots(true), plain),
        ...(breaks.length > 0 ? [scatter("breaks a bound", breaks, bad)] : []),
      ],
    },
  };
}

function scaleOf(trials: readonly StudyTrialReport[], metric: string): { type?: string } {
  const values = trials.flatMap((trial) => valueIn(trial, metric) ?? []);
  const isLog = Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 20;
  return isLog ? { type: "log" } : {};
}

function dashedAt(level: number): Record<string, unknown> {
  return {
    silent: true,
    symbol: "none",
    label: { show: false },
    lineStyle: { type: "dashed", color: "var(--muted)" },
    data: [{ yAxis: level }],
  };
}

function scatter(name: string, data: unknown, color: string, size = 8): Record<string, unknown> {
  return { type: "scatter", name, data, symbolSize: size, itemStyle: { color, opacity: 0.75 } };
}

/** Two objectives against each other; with one, the objective against the first bound. */
function paretoChart(report: StudyReport): ChartSpec | undefined {
  const [x, y = report.bounds[0]] = report.objectives;
  if (x === undefined || y === undefined || x.metric === y.metric) return undefined;
  const place = (trial: StudyTrialReport) => [valueIn(trial, x.metric), valueIn(trial, y.metric)];
  const ran = report.trials.filter((trial) => place(trial).every((value) => value !== undefined));
  if (ran.length < 2) return undefined;
  const isFront = ({ number }: StudyTrialReport): boolean => report.front.includes(number);
  const front = ran
    .filter(isFront)
    .map(place)
    .sort(([a = 0], [b = 0]) => a - b);
  const others = ran.filter((trial) => !isFront(trial) && trial.reason === undefined).map(place);
  const broken = ran.filter(({ reason }) => reason !== undefined).map(place);
  const isTrade = report.objectives.length > 1;
  const name = isTrade ? "no trial is better" : "best";
  const names = [name, "other", ...(broken.length > 0 ? ["breaks a bound"] : [])];
  return {
    title: isTrade ? "Pareto front" : `${x.metric} and its bound`,
    caption: isTrade
      ? `${x.metric} against ${y.metric}: on the line nothing is better in both.`
      : `${x.metric} against ${y.metric}, which the answer must keep within its bound.`,
    height: 320,
    option: {
      legend: legend(names),
      grid: grid(34),
      xAxis: valueAxis(x.metric, (value) => formatValue(value, x.unit), scaleOf(ran, x.metric)),
      yAxis: valueAxis("", (value) => formatValue(value, y.unit), scaleOf(ran, y.metric)),
      series: [
        {
          type: "line",
          name,
          data: front,
          symbol: "circle",
          symbolSize: 9,
          lineStyle: { color: good, width: isTrade ? 2 : 0 },
          itemStyle: { color: good },
        },
        scatter("other", others, plain, 7),
        ...(broken.length > 0 ? [scatter("breaks a bound", broken, bad, 7)] : []),
      ],
    },
  };
}

function importanceChart({ importance, objectives }: StudyReport): ChartSpec | undefined {
  if (importance.length === 0) return undefined;
  return {
    title: "What matters",
    caption: `Part of the variation of ${objectives[0]?.metric ?? "the objective"} over the whole space that a parameter explains by itself (functional ANOVA of a random forest).`,
    height: 70 + 30 * importance.length,
    option: {
      grid: grid(),
      xAxis: valueAxis("", formatShare, { min: 0, max: 1 }),
      yAxis: categoryAxis(
        importance.map(({ parameter }) => parameter),
        "",
        { inverse: true, axisLine: { show: false } },
      ),
      series: [
        bars(
          "",
          importance.map(({ share }) => share),
          seriesColor(0),
        ),
      ],
    },
  };
}

function predictionChart({ predictions, objectives }: StudyReport): ChartSpec | undefined {
  const unit = objectives[0]?.unit ?? "";
  if (predictions.length === 0) return undefined;
  const values = predictions.flatMap(({ predicted, measured }) => [predicted, measured]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const scale = low > 0 && high / low > 20 ? { type: "log" } : { scale: true };
  const within = predictions.filter((one) => one.measured >= one.low && one.measured <= one.high);
  const format = (value: number): string => formatValue(value, unit);
  return {
    title: "Predicted against measured",
    caption: `Each trial by a model of the other trials; ${within.length} of ${predictions.length} lie within its 95% interval. On the line both agree.`,
    height: 320,
    option: {
      grid: grid(),
      xAxis: valueAxis("predicted", format, scale),
      yAxis: valueAxis("", format, scale),
      series: [
        {
          type: "line",
          data: [
            [low, low],
            [high, high],
          ],
          symbol: "none",
          lineStyle: { color: "var(--muted)", width: 1 },
        },
        scatter(
          "trial",
          predictions.map(({ predicted, measured }) => [predicted, measured]),
          plain,
        ),
      ],
    },
  };
}

/** Share of trials without an answer, by the value of the parameter that separates them best. */
function infeasibleChart({ trials, parameters }: StudyReport): ChartSpec | undefined {
  const lost = trials.filter(({ outcome }) => outcome !== "ok").length;
  if (lost === 0) return undefined;
  const tables = parameters.map(({ name, values }) => {
    const rows = values.map((value) => {
      const own = trials.filter(({ configuration }) => configuration[name] === value);
      const failed = own.filter(({ outcome }) => outcome !== "ok").length;
      return { value: String(value), tried: own.length, failed };
    });
    const mean = lost / trials.length;
    const spread = rows.reduce(
      (sum, { tried, failed }) => sum + (tried === 0 ? 0 : tried * (failed / tried - mean) ** 2),
      0,
    );
    return { name, rows: rows.filter(({ tried }) => tried > 0), spread };
  });
  const [first, second] = tables
    .filter(({ rows }) => rows.length > 1)
    .sort((a, b) => b.spread - a.spread);
  const rows = [first, second].flatMap((table) =>
    (table?.rows ?? []).map((row) => ({ ...row, label: `${table?.name ?? ""} ${row.value}` })),
  );
  if (rows.length === 0) return undefined;
  return {
    title: "Where it fails",
    caption:
      "Trials that ran and trials that crashed, hung, ran out of memory or were refused, by the two parameters that tell them apart best.",
    height: 90 + 26 * rows.length,
    option: {
      legend: legend(["ran", "failed"]),
      grid: grid(34),
      xAxis: valueAxis("", String, { min: 0, minInterval: 1 }),
      yAxis: categoryAxis(
        rows.map(({ label }) => label),
        "",
        { inverse: true, axisLine: { show: false } },
      ),
      series: [
        {
          ...bars(
            "ran",
            rows.map(({ tried, failed }) => tried - failed),
            good,
          ),
          stack: "n",
        },
        {
          ...bars(
            "failed",
            rows.map(({ failed }) => failed),
            bad,
          ),
          stack: "n",
        },
      ],
    },
  };
}

function costChart({ trials, cost }: StudyReport): ChartSpec | undefined {
  if (trials.length === 0) return undefined;
  const raced = trials
    .filter(({ isRaced }) => isRaced)
    .reduce((sum, { durationMs }) => sum + durationMs, 0);
  const parts = [
    {
      name: "trials to the end",
      ms: Math.max(0, cost.searchMs - cost.failedMs - raced),
      color: good,
    },
    { name: "ended early", ms: raced, color: "var(--series-2)" },
    { name: "failed", ms: cost.failedMs, color: bad },
    { name: "proof", ms: cost.proofMs, color: "var(--series-5)" },
  ];
  return {
    title: "Where the time went",
    caption: `${cost.processes} processes, ${formatDuration((cost.searchMs + cost.proofMs) * 1e6)} in all.`,
    height: 70 + 30 * parts.length,
    option: {
      grid: grid(),
      xAxis: valueAxis("", (ms) => formatDuration(ms * 1e6), { min: 0 }),
      yAxis: categoryAxis(
        parts.map(({ name }) => name),
        "",
        { inverse: true, axisLine: { show: false } },
      ),
      series: [
        {
          ...bars("", [], plain),
          data: parts.map(({ ms, color }) => ({
            value: ms,
            itemStyle: { color, borderRadius: 2 },
          })),
        },
      ],
    },
  };
}

function bars(name: string, data: readonly number[], color: string): Record<string, unknown> {
  return {
    type: "bar",
    name,
    data: [...data],
    barMaxWidth: 16,
    itemStyle: { color, borderRadius: 2 },
  };
}
