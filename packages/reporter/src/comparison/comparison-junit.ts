// A comparison as JUnit XML, which every CI system shows: one test case per benchmark. Regressions are failures, crashes
// and missing benchmarks errors, what was not decided is skipped and says why.

import { create } from "xmlbuilder2";
import type { BenchmarkComparison, Comparison } from "@fastgpu/results";
import { plainText } from "../safe-text.ts";
import { benchmarkName, changeText, intervalText } from "./comparison-view.ts";

type Element = "failure" | "error" | "skipped" | undefined;

/** The XML document. */
export function renderJunit(comparison: Comparison): string {
  const { benchmarks, suite } = comparison;
  const elements = benchmarks.map(({ verdict }) => elementOf(verdict));
  const count = (element: Element): number => elements.filter((one) => one === element).length;
  const totals = {
    name: plainText(suite),
    tests: String(benchmarks.length),
    failures: String(count("failure")),
    errors: String(count("error")),
    skipped: String(count("skipped")),
    time: seconds(benchmarks.reduce((sum, benchmark) => sum + durationNs(benchmark), 0)),
  };
  const root = create({ version: "1.0", encoding: "UTF-8" }).ele("testsuites", totals);
  const list = root.ele("testsuite", { ...totals, timestamp: comparison.startedAt });
  for (const benchmark of benchmarks) {
    const node = list.ele("testcase", {
      classname: plainText(`${suite}.${benchmark.config.workload.kind}`),
      name: plainText(benchmarkName(benchmark)),
      time: seconds(durationNs(benchmark)),
    });
    const element = elementOf(benchmark.verdict);
    const reason = plainText(benchmark.reason);
    if (element !== undefined) node.ele(element, { message: `${benchmark.verdict}: ${reason}` });
    const lines = benchmark.metrics.map(
      (metric) =>
        `${metric.name} ${changeText(metric.change)} ${intervalText(metric)} ${metric.verdict}`,
    );
    if (lines.length > 0) node.ele("system-out").txt(plainText(lines.join("; ")));
  }
  return `${root.end({ prettyPrint: true })}\n`;
}

function elementOf(verdict: BenchmarkComparison["verdict"]): Element {
  switch (verdict) {
    case "REGRESSED":
      return "failure";
    case "CRASHED":
    case "MISSING":
    case "NOT_COMPARABLE":
    case "INVALID":
      return "error";
    case "UNDECIDED":
    case "NOT_MEASURED":
    case "UNSUPPORTED":
    case "NEW":
      return "skipped";
    case "PASS":
    case "IMPROVED":
      return undefined;
  }
}

function durationNs({ rounds }: BenchmarkComparison): number {
  return rounds.reduce(
    (sum, { base, head }) => sum + (base?.durationNs ?? 0) + (head?.durationNs ?? 0),
    0,
  );
}

function seconds(ns: number): string {
  return (ns / 1e9).toFixed(3);
}
