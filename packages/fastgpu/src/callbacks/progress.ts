// Shows a training on a terminal: one line per epoch, and while it runs, how far it is.
import type { Logs } from "../history.ts";
import type { Callback } from "./callback.ts";

/** Where text goes; `process.stderr` is one. */
export interface TextTarget {
  write(text: string): unknown;
  /** True if the line in progress can be written over. */
  readonly isTTY?: boolean | undefined;
}

/** Back to the start of the line and clear it: ECMA-48 carriage return and EL. */
const clearLine = "\r\u001b[K";

/**
 * Prints a line per epoch.
 *
 * @param target - default: stderr, so that stdout stays free for results
 */
export function progress(target: TextTarget = process.stderr): Callback {
  return {
    onProgress: ({ epoch, rowsDone, rowsTotal, loss }, { lastEpoch }) => {
      if (target.isTTY !== true) return;
      const percent = Math.floor((100 * rowsDone) / rowsTotal);
      target.write(`${clearLine}epoch ${epoch}/${lastEpoch}  ${percent}%  loss ${short(loss)}`);
    },
    onEpochEnd: ({ epoch, logs, trainDurationNs, rowsPerSecond }, { lastEpoch }) => {
      const seconds = (trainDurationNs / 1e9).toFixed(2);
      const speed = Math.round(rowsPerSecond).toLocaleString("en-US");
      target.write(
        `${target.isTTY === true ? clearLine : ""}epoch ${epoch}/${lastEpoch}  ${formatLogs(logs)}  ${seconds} s  ${speed} rows/s\n`,
      );
    },
    onTrainEnd: ({ stopReason, stopDetail }) => {
      if (stopReason !== "completed") {
        target.write(`${stopReason}${stopDetail === undefined ? "" : `: ${stopDetail}`}\n`);
      }
    },
  };
}

function formatLogs(logs: Logs): string {
  return Object.entries(logs)
    .map(([name, value]) => `${name} ${short(value)}`)
    .join("  ");
}

function short(value: number): string {
  return Math.abs(value) >= 1e-3 || value === 0 ? value.toFixed(4) : value.toExponential(2);
}
