// Reports of a comparison with hostile texts and every kind of verdict: valid, complete, and nothing gets out.

import { parse, type DefaultTreeAdapterTypes } from "parse5";
import { create } from "xmlbuilder2";
import { marked } from "marked";
import { expect, test } from "vitest";
import { defaultLooks } from "@fastgpu/results";
import type { BenchmarkVerdict, Comparison, MetricComparison } from "@fastgpu/results";
import { renderComparisonHtml } from "../src/html/render-comparison-html.ts";
import {
  commentMarker,
  renderComparison,
  renderComparisonMarkdown,
  renderJunit,
} from "../src/index.ts";

const evil = `</script><script>alert(1)</script>|\u001b[31m@all\n"&'<b>`;

const metric: MetricComparison = {
  name: "latency",
  unit: "ns",
  better: "lower",
  role: "primary",
  verdict: "REGRESSED",
  margin: 0.025,
  marginSource: "suite",
  rounds: 10,
  base: 1e6,
  head: 1.08e6,
  change: 0.08,
  interval: { low: 0.06, high: 0.1, confidence: 0.996 },
  pRegressed: 0.001,
  adjustedPRegressed: 0.005,
  detectableChange: 0.05,
};

const verdicts: readonly BenchmarkVerdict[] = [
  "REGRESSED",
  "CRASHED",
  "MISSING",
  "NOT_COMPARABLE",
  "INVALID",
  "NOT_MEASURED",
  "UNDECIDED",
  "IMPROVED",
  "PASS",
  "UNSUPPORTED",
  "NEW",
];

const process = {
  outcome: "ok",
  startedAt: "2026-01-02T03:04:05Z",
  durationNs: 2e9,
  values: { latency: 1e6 },
  counters: {},
  voidShare: 0,
  isSteady: true,
} as const;

const comparison: Comparison = {
  schema: "fastgpu.comparison/1",
  startedAt: "2026-01-02T03:04:05Z",
  finishedAt: "2026-01-02T03:14:05Z",
  status: "complete",
  suite: evil,
  design: "paired",
  base: { name: evil, commit: "0123456789abcdef", fastgpu: "1", fingerprint: "aaaaaaaa" },
  head: { name: "HEAD", commit: "fedcba9876543210", fastgpu: "1", fingerprint: "aaaaaaaa" },
  environment: {
    os: { platform: "linux", release: "1", arch: "x64" },
    cpu: { model: evil, cores: 2 },
    memoryBytes: 1,
    node: "22",
    fastgpu: "1",
    engines: {},
    gpus: [],
    fingerprint: "aaaaaaaa",
  },
  settings: { looks: defaultLooks, familyError: 0.05, counters: "gate", costProbability: 0.05 },
  notices: [evil],
  verdict: "CRASHED",
  geometricMeanChange: -0.01,
  benchmarks: verdicts.map((verdict, index) => ({
    key: `k${index}`,
    config: {
      workload: { name: `${evil}${index}`, kind: "inference" },
      backend: "onnx",
      device: "cpu",
      precision: "f32",
      batchSize: 8,
      seed: 0,
      repeat: 0,
    },
    verdict,
    reason: evil,
    counters: [{ name: "dispatches", base: 1, head: 2, verdict: "REGRESSED" }],
    metrics: verdict === "MISSING" ? [] : [{ ...metric, verdict: "UNDECIDED" }],
    rounds: Array.from({ length: 10 }, (_, round) => ({
      round,
      first: "base" as const,
      base: process,
      head: { ...process, values: { latency: 1.08e6 + round } },
      ...(round === 3 ? { voidReason: "hot" } : {}),
    })),
  })),
};

test("HTML stands alone, holds the whole comparison, draws every round, and runs only its own script", () => {
  const html = renderComparisonHtml(comparison);
  const scripts: string[] = [];
  const texts: string[] = [];
  let drawn = 0;
  const walk = (node: DefaultTreeAdapterTypes.Node): void => {
    if ("tagName" in node) {
      if (node.tagName === "script") scripts.push(node.attrs.map(({ name }) => name).join());
      if (node.tagName === "svg") drawn += 1;
      for (const { name, value } of node.attrs) {
        expect(name.startsWith("on")).toBe(false);
        if (name === "src") expect(value).toMatch(/^data:/);
      }
    }
    if (node.nodeName === "#text" && "value" in node) texts.push(node.value);
    if ("childNodes" in node) node.childNodes.forEach(walk);
  };
  parse(html).childNodes.forEach(walk);
  expect(scripts).toHaveLength(2);
  // The overview, and one chart for each benchmark with an interval.
  expect(drawn).toBe(1 + verdicts.length - 1);
  const embedded = texts.find((text) => text.startsWith('{"schema"')) ?? "";
  expect(JSON.parse(embedded)).toEqual(comparison);
  expect(renderComparisonHtml(comparison)).toBe(html);
});

test("lines are drawn where their numbers are, and far rounds at the edge", () => {
  const [benchmark] = comparison.benchmarks;
  const drawn = (changes: Partial<MetricComparison>, farRound = 1.08e6): string => {
    const rounds = benchmark!.rounds.map((round) =>
      round.round === 5
        ? { ...round, head: { ...process, values: { latency: farRound } } }
        : { ...round, head: { ...process, values: { latency: 1.06e6 + 2e3 * round.round } } },
    );
    const one = { ...benchmark!, metrics: [{ ...metric, ...changes }], rounds };
    const html = renderComparisonHtml({ ...comparison, benchmarks: [one] });
    return /<figure class="">[^]*?<\/figure>/.exec(html)?.[0] ?? "";
  };
  const usual = drawn({});
  expect(usual).toContain("<svg");
  // A margin of 2.4% and one of 2.2% are two places.
  expect(drawn({ margin: 0.024 })).not.toBe(drawn({ margin: 0.022 }));
  expect(usual).not.toContain("triangle");
  // Ten times as slow and twenty times are both beyond the axis, which shows the others as before.
  const far = drawn({}, 1e7);
  expect(far).toContain("triangle = beyond the axis (1)");
  expect(far).toBe(drawn({}, 2e7));
});

test("Markdown starts with the marker and is a table that no text breaks out of", () => {
  const markdown = renderComparisonMarkdown(comparison);
  expect(markdown.startsWith(`${commentMarker}\n`)).toBe(true);
  const html = marked.parse(markdown, { async: false });
  expect(html).not.toContain("<script");
  expect(html).not.toContain("@all");
  const [overview = ""] = /<table>[^]*?<\/table>/.exec(html) ?? [];
  expect(overview.match(/<tr>/g)).toHaveLength(1 + verdicts.length);
  expect(markdown.length).toBeLessThan(65_536);
});

test("Markdown of a large suite fits into a comment", () => {
  const benchmarks = Array.from({ length: 300 }, () => comparison.benchmarks[0]!);
  const markdown = renderComparisonMarkdown({ ...comparison, benchmarks });
  expect(markdown).toMatch(/\d+ more in the report/);
});

test("JUnit is well-formed, and its numbers are those of its elements", () => {
  const xml = renderJunit(comparison);
  const document = create(xml).root();
  const count = (name: string): number =>
    document.filter(({ node }) => node.nodeName === name, false, true).length;
  expect(count("testcase")).toBe(verdicts.length);
  expect(count("failure")).toBe(1);
  expect(count("error")).toBe(4);
  expect(count("skipped")).toBe(4);
  expect(xml).toContain('tests="11" failures="1" errors="4" skipped="4"');
  expect(xml).not.toContain("\u001b");
});

test("the terminal gets every verdict, no control character, and the answer last", () => {
  const text = renderComparison(comparison, { color: false, width: 120 });
  expect(text).not.toContain("\u001b");
  for (const verdict of verdicts) expect(text).toContain(verdict);
  expect(text.trim().split("\n").at(-1)).toBe(
    `CRASHED: ${["CRASHED", "MISSING", "REGRESSED", "NOT_COMPARABLE", "INVALID", "NOT_MEASURED", "UNDECIDED", "IMPROVED", "PASS", "UNSUPPORTED", "NEW"].map((verdict) => `1 ${verdict}`).join(", ")}; latency −1.00% on average (geometric mean, not gated)`,
  );
});
