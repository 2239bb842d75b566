// What every report of a comparison says, in words: verdicts, changes, intervals. Formats differ only in how they draw it.

import { gateMetrics } from "@fastgpu/results";
import type {
  BenchmarkComparison,
  BenchmarkVerdict,
  Comparison,
  CounterComparison,
  MetricComparison,
  OverallVerdict,
} from "@fastgpu/results";
import { formatMetric } from "../format.ts";
import { describeConfig } from "../run-view.ts";

/** How a verdict looks: an alarm, a warning, good news, or nothing to note. */
export type Tone = "bad" | "warn" | "good" | "plain";

/** The tone of a verdict. */
export function toneOf(verdict: OverallVerdict): Tone {
  switch (verdict) {
    case "REGRESSED":
    case "CRASHED":
    case "MISSING":
      return "bad";
    case "UNDECIDED":
    case "NOT_COMPARABLE":
    case "INVALID":
    case "NOT_MEASURED":
    case "NOTHING_MEASURED":
      return "warn";
    case "IMPROVED":
      return "good";
    case "PASS":
    case "NEW":
    case "UNSUPPORTED":
      return "plain";
  }
}

/** Name of a benchmark, as in `digits train-step, batch 128 · f32`. */
export function benchmarkName({ config }: Pick<BenchmarkComparison, "config">): string {
  return `${config.workload.name} ${config.workload.kind}, ${describeConfig(config)}`;
}

/** A relative change with its sign, as in `+5.2%`. */
export function changeText(ratio: number): string {
  const percent = ratio * 100;
  const digits = Math.abs(percent) >= 100 ? 0 : Math.abs(percent) >= 10 ? 1 : 2;
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(digits)}%`;
}

/** The interval of a change; empty before the first look. */
export function intervalText({ interval }: MetricComparison): string {
  return interval === undefined
    ? ""
    : `[${changeText(interval.low)}, ${changeText(interval.high)}]`;
}

/** A value of a metric with its unit. */
export function valueText({ name, unit, better }: MetricComparison, value: number): string {
  return formatMetric({ name, unit, better, value, pointer: "" });
}

/** The margin, with its source where it is not the default. */
export function marginText({ margin, marginSource }: MetricComparison): string {
  const words = { default: "", suite: " (suite)", "noise-floor": " (noise floor)" };
  return `${(margin * 100).toFixed(1)}%${words[marginSource]}`;
}

/** The smallest slowdown that this many rounds would have caught; empty before the first look. */
export function detectableText({ detectableChange, verdict }: MetricComparison): string {
  if (verdict !== "UNDECIDED" || detectableChange === undefined) return "";
  return `a slowdown of ${(detectableChange * 100).toFixed(1)}% would have been caught (90% power)`;
}

/** Counters that differ, as in `dispatches 1 → 2`. */
export function changedCounters({ counters }: BenchmarkComparison): readonly CounterComparison[] {
  return counters.filter(({ verdict }) => verdict !== "PASS");
}

/** A counter's change in words. */
export function counterText({ name, base, head }: CounterComparison): string {
  return `${name} ${base.toLocaleString("en-US")} → ${head.toLocaleString("en-US")}`;
}

/** Number of benchmarks per verdict in words, gravest first. */
export function countText({ benchmarks }: Comparison): string {
  const order: readonly BenchmarkVerdict[] = [
    "CRASHED",
    "MISSING",
    "REGRESSED",
    "NOT_COMPARABLE",
    "INVALID",
    "NOT_MEASURED",
    "UNDECIDED",
    "IMPROVED",
    "PASS",
    "UNSUPPORTED",
    "NEW",
  ];
  return order
    .map((verdict) => ({
      verdict,
      count: benchmarks.filter((benchmark) => benchmark.verdict === verdict).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`)
    .join(", ");
}

/** What was compared with what, in one line. */
export function sidesText({ base, head, design }: Comparison): string {
  const side = ({ name, commit }: Comparison["base"]): string =>
    commit === undefined ? name : `${name} (${commit.slice(0, 12)})`;
  return `${side(base)} against ${side(head)}, ${design}`;
}

/** How it was decided, in one line. */
export function methodText({ settings, design }: Comparison): string {
  const looks = settings.looks.map(({ rounds }) => rounds).join(", ");
  const error = settings.looks.reduce((sum, { oneSidedError }) => sum + oneSidedError, 0);
  const test = design === "paired" ? `signed-rank, looks after ${looks} rounds` : "rank-sum";
  return `${test}, one-sided error ${(error * 100).toFixed(1)}% per metric, Holm at ${(settings.familyError * 100).toFixed(0)}% over the suite; cost of a process = quantile ${settings.costProbability} of its steps`;
}

/** Sign that turns a change for the worse above 0. */
export function worseSign({ name }: Pick<MetricComparison, "name">): 1 | -1 {
  return gateMetrics[name].better === "lower" ? 1 : -1;
}
