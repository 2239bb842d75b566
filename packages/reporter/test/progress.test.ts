// The display of a run in progress, seen through a terminal emulator and as plain lines.

import { canonicalTrialKey } from "@fastgpu/results";
import type { ProgressEvent, TrialRecord } from "@fastgpu/results";
import xterm from "@xterm/headless";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createProgress, terminalStyle } from "../src/index.ts";
import { formatClock } from "../src/progress/progress-lines.ts";
import {
  estimateRemainingMs,
  initialProgress,
  reduceProgress,
} from "../src/progress/progress-state.ts";
import { makeConfig, makeRecord, makeTrial } from "./fixture-record.ts";
import { attacks } from "./hostile-record.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A stream that keeps what is written to it. */
function fakeStream(
  isTTY: boolean,
  columns = 130,
): NodeJS.WriteStream & { readonly text: () => string } {
  const written: string[] = [];
  const stream = {
    isTTY,
    columns,
    rows: 30,
    write: (text: string) => written.push(text) > 0,
    text: () => written.join(""),
  };
  return stream as unknown as NodeJS.WriteStream & { readonly text: () => string };
}

/** The lines a terminal shows after `text`, without trailing blanks. */
async function screen(text: string, columns = 130): Promise<readonly string[]> {
  const terminal = new xterm.Terminal({ cols: columns, rows: 40, allowProposedApi: true });
  await new Promise<void>((done) => {
    vi.useRealTimers();
    terminal.write(text.replaceAll("\n", "\r\n"), done);
  });
  const buffer = terminal.buffer.active;
  const lines = Array.from({ length: buffer.length }, (_, row) =>
    (buffer.getLine(row)?.translateToString(true) ?? "").trimEnd(),
  );
  return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
}

const trials = makeRecord().trials.slice(0, 2);
const [first, second] = trials as [TrialRecord, TrialRecord];

function started(trial: TrialRecord, index: number): ProgressEvent {
  return { kind: "trialStarted", trialId: trial.id, index, config: trial.config };
}

const half: readonly ProgressEvent[] = [
  {
    kind: "plan",
    suite: "quickstart",
    trials: trials.map(({ config }) => config),
    resumedTrials: 1,
  },
  started(first, 0),
  { kind: "phase", trialId: first.id, phase: "warmup" },
  { kind: "trialFinished", index: 0, trial: first },
  { kind: "notice", level: "warning", message: "foreign process on the GPU" },
  started(second, 1),
  { kind: "phase", trialId: second.id, phase: "sampling" },
  { kind: "sample", trialId: second.id, iterations: 412, lastNs: 1_210_000, share: 0.5 },
];

const rest: readonly ProgressEvent[] = [
  { kind: "trialFinished", index: 1, trial: second },
  { kind: "runFinished", status: "complete", outcomes: { ok: 2 } },
];

test("without a terminal: one line per trial, no control characters", () => {
  const stream = fakeStream(false);
  const style = terminalStyle(stream, {});
  const display = createProgress(stream, { ...style, now: () => 0 });
  for (const event of [...half, ...rest]) display.listener(event);
  display.close();
  expect(stream.text()).toBe(
    [
      "quickstart: 3 trials, 1 already done",
      "✓ [2/3] digits-mlp inference  onnx · cpu · f32 · batch 1 · 1 thread  17.1 µs median, 57,950 samples/s (2.40 s)",
      "warning: foreign process on the GPU",
      "✓ [3/3] digits-mlp inference  onnx · cpu · f32 · batch 1 · 2 threads  17.1 µs median, 58,010 samples/s (2.40 s)",
      "",
    ].join("\n"),
  );
});

test("in a terminal: finished lines stay, the block below shows the trial under way", async () => {
  const stream = fakeStream(true);
  let now = 0;
  const display = createProgress(stream, { ...terminalStyle(stream, {}), now: () => now });
  for (const event of half) {
    now += 1000;
    display.listener(event);
  }
  const lines = await screen(stream.text());
  expect(lines[0]).toContain("✓ [2/3] digits-mlp inference");
  expect(lines).toContain("warning: foreign process on the GPU");
  expect(lines.at(-2)).toMatch(/^█{20}░{4} 2\/3 trials {2}0:07, about 0:00 left$/);
  expect(lines.at(-1)).toContain("sampling 412 iterations, 1.21 ms");
  display.close();
});

test("in a terminal: nothing but the finished lines is left at the end", async () => {
  const stream = fakeStream(true);
  const display = createProgress(stream, { ...terminalStyle(stream, {}), now: () => 0 });
  for (const event of [...half, ...rest]) display.listener(event);
  const text = stream.text();
  display.close();
  display.close();
  expect(stream.text()).toBe(text);
  const lines = await screen(text);
  expect(lines.filter((line) => line.includes("[2/3]"))).toHaveLength(1);
  expect(lines.at(-1)).toContain("✓ [3/3]");
  expect(lines.join("\n")).not.toMatch(/[█░▸]/);
  // A hidden cursor would outlive a killed run.
  expect(text).not.toContain("\u001B[?25l");
});

test("the block redraws by itself while a trial is silent", () => {
  const stream = fakeStream(true);
  let now = 0;
  const display = createProgress(stream, { ...terminalStyle(stream, {}), now: () => now });
  for (const event of half) display.listener(event);
  const before = stream.text().length;
  now = 9000;
  vi.advanceTimersByTime(200);
  expect(stream.text().slice(before)).toContain("0:09");
  display.close();
  const after = stream.text().length;
  vi.advanceTimersByTime(1000);
  expect(stream.text().length).toBe(after);
});

test("long names neither wrap in a narrow terminal nor act on it", async () => {
  for (const name of [...attacks, "名前".repeat(80), "x".repeat(300)]) {
    vi.useFakeTimers();
    const stream = fakeStream(true, 60);
    const display = createProgress(stream, {
      ...terminalStyle(stream, { NO_COLOR: "1" }),
      now: () => 0,
    });
    const config = makeConfig(name, "inference");
    const trial = makeTrial(config, { state: "cancelled", message: name });
    display.listener({ kind: "plan", suite: name, trials: [config], resumedTrials: 0 });
    display.listener(started(trial, 0));
    vi.advanceTimersByTime(500);
    const lines = await screen(stream.text(), 60);
    expect(lines, name).toHaveLength(2);
    expect(lines[0]).toContain("0/1 trials");
    display.close();
  }
});

test("terminals, CI, NO_COLOR and FORCE_COLOR", () => {
  const tty = { isTTY: true, columns: 120, write: () => true };
  const pipe = { write: () => true };
  expect(terminalStyle(tty, {})).toEqual({ isInteractive: true, color: true, width: 120 });
  expect(terminalStyle(tty, { CI: "true" })).toMatchObject({ isInteractive: false, color: true });
  expect(terminalStyle(tty, { TERM: "dumb" })).toMatchObject({
    isInteractive: false,
    color: false,
  });
  expect(terminalStyle(tty, { NO_COLOR: "1" })).toMatchObject({
    isInteractive: true,
    color: false,
  });
  expect(terminalStyle(tty, { NO_COLOR: "" })).toMatchObject({ color: true });
  expect(terminalStyle(pipe, {})).toEqual({ isInteractive: false, color: false, width: 80 });
  expect(terminalStyle(pipe, { FORCE_COLOR: "1" })).toMatchObject({ color: true });
  expect(terminalStyle(pipe, { FORCE_COLOR: "0" })).toMatchObject({ color: false });
});

test("the estimate uses trials of the same workload and what is already spent", () => {
  const fast = makeConfig("fast", "inference");
  const slow = makeConfig("slow", "train-step");
  const configs = [fast, { ...fast, repeat: 1 }, slow, { ...slow, repeat: 1 }];
  const done = (config: typeof fast, seconds: number): ProgressEvent => ({
    kind: "trialFinished",
    index: 0,
    trial: makeTrial(config, { state: "failed", message: "" }, seconds * 1e9),
  });
  let state = initialProgress(0);
  const send = (event: ProgressEvent, nowMs: number) =>
    (state = reduceProgress(state, event, nowMs));
  send({ kind: "plan", suite: "s", trials: configs, resumedTrials: 0 }, 0);
  expect(estimateRemainingMs(state, 0)).toBeUndefined();
  send(done(fast, 2), 2000);
  expect(estimateRemainingMs(state, 2000)).toBe(6000);
  send(done(slow, 10), 12_000);
  // One of each is left: 2 s + 10 s; then 3 s of the slow one are spent.
  expect(estimateRemainingMs(state, 12_000)).toBe(12_000);
  const last = configs[3]!;
  send({ kind: "trialStarted", trialId: canonicalTrialKey(last), index: 3, config: last }, 12_000);
  expect(estimateRemainingMs(state, 15_000)).toBe(9000);
  expect(estimateRemainingMs(state, 60_000)).toBe(2000);
});

test("clock texts", () => {
  expect([0, 5400, 59_600, 3_723_000].map(formatClock)).toEqual([
    "0:00",
    "0:05",
    "1:00",
    "1:02:03",
  ]);
});
