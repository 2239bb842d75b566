// Reports of a study: the terminal's and the HTML, with texts of strangers in them.
import { studyReportSchema, type StudyReport, type StudyTrialReport } from "@fastgpu/results";
import { parse } from "parse5";
import { expect, test } from "vitest";
import { renderStudy, studyProgressLine, verdictText } from "../src/index.ts";
import { renderStudyHtml } from "../src/study/render-study-html.ts";

const hostile = "</script><script>alert(1)</script>\u001b[31m";

function trial(number: number, threads: number, value: number): StudyTrialReport {
  return {
    number,
    origin: number === 0 ? "baseline" : "strategy",
    configuration: { threads, level: number % 2 === 0 ? "all" : hostile },
    fidelity: 1,
    processes: 2,
    durationMs: 1500,
    isRaced: false,
    outcome: "ok",
    values: {
      throughput: { value, standardError: value / 50 },
      p95: { value: 1000 / value, standardError: 0 },
    },
  };
}

function failedTrial(): StudyTrialReport {
  const { values, ...rest } = trial(2, 2, 1);
  expect(values).toBeDefined();
  return { ...rest, outcome: "failed", reason: `crashed: ${hostile}` };
}

/** A report without one of its optional parts. */
function without(part: "proof" | "best", from: StudyReport): StudyReport {
  const entries = Object.entries(from).filter(([name]) => name !== part);
  return Object.fromEntries(entries) as unknown as StudyReport;
}

const report: StudyReport = {
  schema: studyReportSchema,
  studyId: "s",
  startedAt: "2026-01-02T03:04:05Z",
  finishedAt: "2026-01-02T03:05:05Z",
  end: "trials",
  suite: { name: hostile, hash: "abc" },
  workload: { name: "net", kind: "inference" },
  environment: {
    os: { platform: "linux", release: "1", arch: "x64" },
    cpu: { model: "some", cores: 2 },
    memoryBytes: 1,
    node: "22",
    fastgpu: "0",
    engines: { engine: "1" },
    gpus: [],
    fingerprint: "f",
  },
  strategy: "gp",
  seed: 1,
  objectives: [{ metric: "throughput", direction: "maximize", unit: "samples/s" }],
  bounds: [{ metric: "p95", atMost: 20, unit: "ms" }],
  parameters: [
    { name: "threads", kind: "ordinal", values: [1, 2], scale: "linear" },
    { name: "level", kind: "categorical", values: ["all", hostile] },
  ],
  configurations: 4,
  baseline: { threads: 2, level: "all" },
  trials: [trial(0, 2, 1000), trial(1, 1, 1500), failedTrial()],
  best: 1,
  front: [1],
  reasons: [{ reason: hostile, trials: 1 }],
  importance: [{ parameter: "threads", share: 0.8 }],
  predictions: [{ trial: 1, predicted: 1400, low: 1200, high: 1600, measured: 1500 }],
  proof: {
    rounds: 10,
    confidence: 0.95,
    contenders: [
      {
        trial: 1,
        configuration: { threads: 1, level: "all" },
        rounds: 10,
        gains: [{ metric: "throughput", estimate: 0.482, low: 0.451, high: 0.51 }],
      },
    ],
    winner: 1,
  },
  cost: { processes: 26, searchMs: 4500, proofMs: 20_000, failedMs: 1500, racedProcesses: 0 },
};

test("the claim is the proof's, with its interval", () => {
  expect(verdictText(report, { color: false })).toBe(
    "tuned vs default +48.2% throughput [+45.1% to +51.0% at 95.0%], 10 paired rounds\nthreads 1",
  );
  const { rounds, confidence, contenders } = report.proof ?? {
    rounds: 0,
    confidence: 0,
    contenders: [],
  };
  const undecided = { ...report, proof: { rounds, confidence, contenders } };
  expect(verdictText(undecided, { color: false })).toMatch(/^keep the default/);
  const unproven = without("proof", report);
  expect(verdictText(unproven, { color: false })).toMatch(/^best so far, not proven/);
  expect(verdictText(without("best", unproven), { color: false })).toMatch(
    /^no configuration is an answer: of 3 trials/,
  );
});

test("the terminal shows the best, the default and why others are no answer", () => {
  const text = renderStudy(report, { color: false, width: 100 });
  expect(text).toContain("1,500 samples/s");
  expect(text).toContain("default: threads 2, level all");
  expect(text).toContain("Not an answer (of 3 trials)");
  expect(text).toContain("3 trials of 4 configurations, 26 processes, 24.5 s");
  expect(text).not.toContain("\u001b");
  expect(studyProgressLine(report, 40)).toMatch(
    /^3\/40 {2}.*: crashed: .*; best 1,500 samples\/s$/,
  );
});

test("the page holds every part, loads nothing, and stays what it is whatever texts are in it", () => {
  const html = renderStudyHtml(report);
  expect(renderStudyHtml(report)).toBe(html);
  for (const title of [
    "Convergence",
    "Choices and results",
    "What matters",
    "Predicted against measured",
    "Where it fails",
    "Where the time went",
    "throughput and its bound",
  ]) {
    expect(html).toContain(`<h3>${title}</h3>`);
  }
  expect(html.match(/<script/g)).toHaveLength(2);
  expect(html).not.toMatch(/(?:src|href)="(?!#)/);
  expect(html).not.toContain("NaN");
  const errors: string[] = [];
  parse(html, { onParseError: ({ code }) => errors.push(code) });
  expect(errors).toEqual([]);
  const [, json = ""] = /id="record">(.*?)<\/script>/s.exec(html) ?? [];
  expect(JSON.parse(json)).toEqual(report);
});
