// CSV, Markdown, JSON and the terminal table: complete, and harmless whatever the record says.

import { stripVTControlCharacters } from "node:util";
import { listMetrics } from "@fastgpu/results";
import { parseRecord } from "@fastgpu/results/read";
import { parse as parseCsv } from "csv-parse/sync";
import { marked } from "marked";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import { csvColumns, renderCsv, renderJson, renderMarkdown, renderTable } from "../src/index.ts";
import {
  makeConfig,
  makeMeasurements,
  makeRecord,
  makeTiming,
  makeTrial,
} from "./fixture-record.ts";
import { attacks, hostileRecord } from "./hostile-record.ts";

test("JSON is the record", () => {
  expect(parseRecord(renderJson(makeRecord()))).toEqual(makeRecord());
});

test("CSV has every number in full, one per row", () => {
  const record = makeRecord();
  const rows: Record<string, string>[] = parseCsv(renderCsv(record), { columns: true });
  const expected = record.trials.flatMap((trial) =>
    listMetrics(trial).map(({ name, value, unit }) => [trial.id, name, String(value), unit]),
  );
  const got = rows
    .filter((row) => row["metric"] !== "")
    .map((row) => [row["trial_id"], row["metric"], row["value"], row["unit"]]);
  expect(got).toEqual(expected);
});

test("CSV has one row for a trial without numbers, with its reason", () => {
  const rows: Record<string, string>[] = parseCsv(renderCsv(makeRecord()), { columns: true });
  const crashed = rows.filter((row) => row["state"] === "crashed");
  expect(crashed).toHaveLength(1);
  expect(crashed[0]).toMatchObject({
    message: "backend process ended while sampling (SIGKILL)",
    batch_size: "64",
    metric: "",
    value: "",
  });
});

test("no CSV cell starts a formula", () => {
  const rows: string[][] = parseCsv(renderCsv(hostileRecord()));
  expect(rows.length).toBeGreaterThan(attacks.length * 20);
  for (const row of rows) {
    expect(row).toHaveLength(csvColumns.length);
    for (const cell of row) {
      if (!/^[=+\-@\t\r]/.test(cell)) continue;
      expect(Number.isFinite(Number(cell)), cell).toBe(true);
    }
  }
});

test("Markdown shows workloads, problems and environment as tables", () => {
  const html = marked.parse(renderMarkdown(makeRecord()), { gfm: true, async: false });
  expect(html.match(/<table>/g)).toHaveLength(5);
  expect(html).toContain("<h2>digits-mlp: train-step</h2>");
  expect(html).toContain("<strong>crashed</strong>");
  expect(html).toContain("onnx · cpu · f32 · batch 128 · 2 threads");
});

test("a clock of kernels is named where its steps are more than 1% of their time", () => {
  const config = makeConfig("digits-mlp", "train-step", { backend: "webgpu" });
  const noteFor = (timestampQuantumNs: number): boolean => {
    // Kernels take 0.82 ms.
    const timing = { ...makeTiming(1e6, 40, 128, 1), timestampQuantumNs };
    const trial = makeTrial(config, { state: "ok", measurements: makeMeasurements(timing, 1) });
    const text = renderMarkdown(makeRecord({ trials: [trial] }));
    return text.includes("kernel times in steps of");
  };
  expect([noteFor(1), noteFor(8000), noteFor(65_536)]).toEqual([false, false, true]);
});

test("Markdown of a hostile record has no markup of the record's own", () => {
  const html = marked.parse(renderMarkdown(hostileRecord()), { gfm: true, async: false });
  const tags = new Set([...html.matchAll(/<\/?([a-zA-Z][\w-]*)/g)].map(([, tag]) => tag));
  const own = [
    "h1",
    "h2",
    "p",
    "strong",
    "code",
    "br",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
  ];
  expect([...tags].filter((tag) => !own.includes(tag!))).toEqual([]);
  // One speed table per workload, and the two of the report itself.
  expect(html.match(/<table>/g)).toHaveLength(attacks.length + 2);
  expect(html).not.toContain("@everyone");
});

test("the table fits every terminal from 60 columns on, and says what matters in each", () => {
  for (let width = 60; width <= 200; width += 7) {
    const table = renderTable(makeRecord(), { color: false, width });
    const lines = table.split("\n").filter((line) => /^[┌├└│]/.test(line));
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
    expect(table).toContain("batch 512 · 2 threads");
    expect(table).toContain("891 µs");
    expect(table).toContain("crashed");
    expect(table).toContain("21 of 26 trials ok");
  }
});

test("colour is only colour", () => {
  const plain = renderTable(makeRecord(), { color: false, width: 100 });
  const colored = renderTable(makeRecord(), { color: true, width: 100 });
  expect(plain).not.toContain("\u001B");
  expect(colored).not.toBe(plain);
  expect(stripVTControlCharacters(colored)).toBe(plain);
});

test("no name reaches the terminal's controls", () => {
  const table = renderTable(hostileRecord(), { color: false, width: 200 });
  expect(table.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
});
