// Shows a run in progress on a stream: redrawn in place in a terminal, one line per trial elsewhere.
// It writes to the given stream only (stderr, by the command line), so that stdout stays free for data.

import type { ProgressEvent, ProgressListener } from "@fastgpu/results";
import { createLogUpdate } from "log-update";
import { createColors } from "picocolors";
import { plainText } from "../safe-text.ts";
import type { TerminalStream, TerminalStyle } from "../terminal-style.ts";
import { finishedLine, liveLines, planLine } from "./progress-lines.ts";
import { initialProgress, reduceProgress } from "./progress-state.ts";
import type { ProgressState } from "./progress-state.ts";

/** How to show progress. */
export interface ProgressOptions extends TerminalStyle {
  /** Milliseconds of a steady clock, as `performance.now`. */
  readonly now: () => number;
}

/** A display of a run in progress. */
export interface ProgressDisplay {
  /** Takes the run's events in order. */
  readonly listener: ProgressListener;
  /** Ends the display and removes the block; safe to call twice, and after an interrupt. */
  close(): void;
}

/**
 * Starts a display on a stream.
 *
 * @param stream - as `process.stderr`
 * @param options - `{ ...terminalStyle(stream, process.env), now }`
 */
export function createProgress(
  stream: NodeJS.WriteStream,
  options: ProgressOptions,
): ProgressDisplay {
  return options.isInteractive ? createLive(stream, options) : createPlain(stream, options);
}

/** A display that writes whole lines and never moves the cursor. */
export function createPlain(stream: TerminalStream, options: ProgressOptions): ProgressDisplay {
  let state = initialProgress(options.now());
  const listener = (event: ProgressEvent): void => {
    state = reduceProgress(state, event, options.now());
    // A log gets a line per trial and no more, except where some trials will have none.
    if (event.kind === "plan" && event.resumedTrials > 0) stream.write(`${planLine(state)}\n`);
    const line = stayingLine(event, state, options);
    if (line !== "") stream.write(`${line}\n`);
  };
  return { listener, close: () => undefined };
}

// Ten frames a second are smooth to the eye; sampling itself runs in another process.
const frameMs = 100;

function createLive(stream: NodeJS.WriteStream, options: ProgressOptions): ProgressDisplay {
  // A hidden cursor would stay hidden after kill -9, and the library hides that of stderr only.
  const update = createLogUpdate(stream, { showCursor: true });
  let state = initialProgress(options.now());
  let isOpen = true;
  let drawnMs = -Infinity;
  const draw = (): void => {
    drawnMs = options.now();
    const width = stream.columns > 0 ? stream.columns : options.width;
    update(liveLines(state, { ...options, width }, drawnMs).join("\n"));
  };
  const timer = setInterval(() => {
    if (state.planned.length > 0) draw();
  }, frameMs);
  timer.unref();
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    clearInterval(timer);
    update.clear();
    update.done();
  };
  const listener = (event: ProgressEvent): void => {
    if (!isOpen) return;
    state = reduceProgress(state, event, options.now());
    if (event.kind === "runFinished") {
      close();
      return;
    }
    const line = stayingLine(event, state, options);
    if (line !== "") {
      update.clear();
      stream.write(`${line}\n`);
      draw();
    } else if (options.now() - drawnMs >= frameMs) draw();
  };
  return { listener, close };
}

// What remains on the screen after an event; empty for most.
function stayingLine(event: ProgressEvent, state: ProgressState, style: TerminalStyle): string {
  if (event.kind === "trialFinished") return finishedLine(event.trial, state, style);
  if (event.kind !== "notice") return "";
  const message = plainText(event.message);
  return event.level === "info" ? message : createColors(style.color).yellow(`warning: ${message}`);
}
