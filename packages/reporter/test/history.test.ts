// Reports of a history: its changes in words and as one page, in order, escaped, the same twice.

import { expect, test } from "vitest";
import type { HistoryFinding, HistoryPoint, HistorySeries } from "@fastgpu/results";
import { renderHistoryHtml } from "../src/html/render-history.ts";
import { renderHistory } from "../src/index.ts";

const evil = `</style><script>alert(1)</script>"&'<b>`;

const points: readonly HistoryPoint[] = Array.from({ length: 20 }, (_, i) => ({
  runId: `run ${i}`,
  startedAt: `2026-03-${String(i + 1).padStart(2, "0")}T00:00:00Z`,
  value: i < 12 ? 1e6 : 1.12e6,
  git: { commit: String(i).padStart(2, "0").repeat(20), dirty: i === 12, branch: "main" },
}));

const finding: HistoryFinding = {
  index: 12,
  before: 1e6,
  after: 1.12e6,
  ratio: 1.12,
  direction: "worse",
  pValue: 0.005,
  first: points[12]!,
  last: points[11]!,
};

const series: HistorySeries = {
  suite: evil,
  benchmark: "key",
  config: {
    workload: { name: evil, kind: "inference" },
    backend: "onnx",
    device: "cpu",
    precision: "f32",
    batchSize: 8,
    seed: 0,
    repeat: 0,
  },
  metric: "latency.p05Ns",
  unit: "ns",
  machine: "0123456789abcdef",
  points,
  findings: [finding],
};

const better: HistorySeries = {
  ...series,
  metric: "samplesPerSecond",
  unit: "samples/s",
  findings: [{ ...finding, direction: "better" }],
};
const calm: HistorySeries = {
  ...series,
  metric: "memory.peakRssBytes",
  unit: "bytes",
  findings: [],
};

test("the terminal has what got worse first, with the commits on both sides", () => {
  const text = renderHistory([better, series, calm], { color: false, width: 100 });
  const lines = text.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^worse .* latency\.p05Ns$/);
  expect(lines[1]).toBe(
    "    1.00 ms → 1.12 ms (+12.0%) from commit 121212121212 with changes of 2026-03-13 on; last before it commit 111111111111 of 2026-03-12; p = 0.005",
  );
  expect(lines[2]).toMatch(/^better /);
  expect(lines.at(-1)).toBe("2 changes in 3 series of up to 20 runs");
  const gone = { ...finding, after: 0.9e6, ratio: 0.9 };
  const other = renderHistory([{ ...series, findings: [gone] }], { color: false, width: 100 });
  expect(other).toContain("1.00 ms → 900 µs (−10.0%)");
});

test("the page stands alone: a table of changes, then one section per benchmark with a chart per series", () => {
  const html = renderHistoryHtml([better, series, calm]);
  expect(html).not.toContain("<script");
  expect(html).not.toMatch(/(src|href)="(?!#)/);
  expect(html.match(/<svg/g)).toHaveLength(3);
  expect(html.match(/<section id="benchmark-/g)).toHaveLength(1);
  const rows = [...html.matchAll(/<tr><td><span class="state (\w+)">(\w+)/g)].map(
    ([, tone, word]) => [tone, word],
  );
  expect(rows).toEqual([
    ["bad", "worse"],
    ["good", "better"],
  ]);
  expect(html).toContain("2 changes in 3 series of up to 20 runs, 2026-03-01 to 2026-03-20");
  expect(renderHistoryHtml([better, series, calm])).toBe(html);
});

test("a history without changes, of one run, or of nothing has a page too", () => {
  const one = { ...calm, points: points.slice(0, 1) };
  const zeros = { ...calm, points: points.map((point) => ({ ...point, value: 0 })) };
  for (const history of [[calm], [one], [zeros], []]) {
    const html = renderHistoryHtml(history);
    expect(html).toContain("No series changed");
    expect(html).not.toContain("NaN");
  }
});
