// A run in progress as lines of text: the block that is redrawn in a terminal, and the lines that stay.

import type { TrialRecord } from "@fastgpu/results";
import { createColors } from "picocolors";
import stringWidth from "string-width";
import { formatDuration, formatNumber, formatRate, formatShare } from "../format.ts";
import { describeConfig, describeOutcome, perBatch } from "../run-view.ts";
import { plainText } from "../safe-text.ts";
import type { TerminalStyle } from "../terminal-style.ts";
import { countTrials, estimateRemainingMs } from "./progress-state.ts";
import type { ProgressState, RunningTrial } from "./progress-state.ts";

/** The live block: a bar with counts and times, then one line per running trial. */
export function liveLines(
  state: ProgressState,
  style: TerminalStyle,
  nowMs: number,
): readonly string[] {
  const colors = createColors(style.color);
  const { done, all } = countTrials(state);
  const cells = 24;
  // Running trials count by their share, so that a single long trial moves too.
  const partial = [...state.running.values()].reduce((sum, { share }) => sum + (share ?? 0), 0);
  const filled = all === 0 ? 0 : Math.min(cells, Math.round((cells * (done + partial)) / all));
  const bar = colors.cyan("█".repeat(filled)) + colors.dim("░".repeat(cells - filled));
  const elapsed = formatClock(nowMs - state.startedMs);
  const remaining = estimateRemainingMs(state, nowMs);
  const left =
    remaining === undefined || done === all ? "" : `, about ${formatClock(remaining)} left`;
  const head = `${bar} ${done}/${all} trials  ${elapsed}${left}`;
  const lines = [...state.running.values()].map(
    (trial) => `${colors.cyan("▸")} ${title(trial.config)}  ${colors.bold(activity(trial))}`,
  );
  return [head, ...lines].map((line) => cut(line, style.width));
}

/** The line that stays when a trial has finished. */
export function finishedLine(
  trial: TrialRecord,
  state: ProgressState,
  style: TerminalStyle,
): string {
  const colors = createColors(style.color);
  const { done, all } = countTrials(state);
  const isOk = trial.outcome.state === "ok";
  const mark = isOk ? colors.green("✓") : colors.red("✗");
  const took = colors.dim(`(${formatDuration(trial.durationNs)})`);
  return `${mark} [${done}/${all}] ${title(trial.config)}  ${outcomeText(trial)} ${took}`;
}

/** The line that opens a run where nothing can be redrawn. */
export function planLine(state: ProgressState): string {
  const { all } = countTrials(state);
  const resumed = state.resumed === 0 ? "" : `, ${state.resumed} already done`;
  return `${plainText(state.suite)}: ${all} ${all === 1 ? "trial" : "trials"}${resumed}`;
}

/** Minutes and seconds, as in `0:05` or `1:02:03`. */
export function formatClock(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

function title(config: RunningTrial["config"]): string {
  const repeat = config.repeat === 0 ? "" : ` · repeat ${config.repeat}`;
  const seed = config.workload.kind === "train-to-accuracy" ? ` · seed ${config.seed}` : "";
  const { name, kind } = config.workload;
  return `${plainText(name)} ${kind}  ${describeConfig(config)}${seed}${repeat}`;
}

function activity({ phase, iterations, lastNs, epoch }: RunningTrial): string {
  if (epoch !== undefined) {
    const accuracy =
      epoch.accuracy === undefined ? "" : `, accuracy ${formatShare(epoch.accuracy)}`;
    return `epoch ${epoch.epoch}/${epoch.epochs}, loss ${formatNumber(epoch.loss)}${accuracy}`;
  }
  if (iterations === undefined) return phase;
  const last = lastNs === undefined ? "" : `, ${formatDuration(lastNs)}`;
  return `${phase} ${iterations} iterations${last}`;
}

function outcomeText({ config, outcome }: TrialRecord): string {
  if (outcome.state !== "ok") return `${outcome.state}: ${describeOutcome(outcome)}`;
  const { timing, training } = outcome.measurements;
  if (timing !== undefined) {
    const unsteady = timing.warmup.reason === "steady" ? "" : ", not steady";
    return `${formatDuration(perBatch(timing, config, "p50Ns"))} median, ${formatRate(timing.samplesPerSecond)} samples/s${unsteady}`;
  }
  const last = training?.epochs.at(-1);
  if (training === undefined || last === undefined) return "ok";
  const accuracy = last.validationAccuracy ?? last.accuracy;
  const shown = accuracy === undefined ? "" : `, accuracy ${formatShare(accuracy)}`;
  return `${last.epoch} epochs in ${formatDuration(training.totalNs)}, loss ${formatNumber(last.loss)}${shown}`;
}

// Cuts by what is seen; a line that wraps would break redrawing. Colour codes are kept whole and closed.
function cut(line: string, width: number): string {
  if (stringWidth(line) < width) return line;
  let kept = "";
  for (const part of line.split(/(\u001B\[[\d;]*m)/)) {
    if (part.startsWith("\u001B[")) kept += part;
    else {
      for (const character of part) {
        if (stringWidth(kept + character) < width - 1) kept += character;
      }
    }
  }
  return `${kept}…`;
}
