// Saves the model while it trains.
import { UsageError } from "@fastgpu/core";
import type { Callback } from "./callback.ts";
import { Monitor, type MonitorOptions } from "./monitor.ts";

/** Options of `checkpoint`. */
export interface CheckpointOptions extends MonitorOptions {
  /** Saves only epochs that are the best so far by `monitor`; default false. */
  readonly bestOnly?: boolean;
  /** Saves every so many epochs, >= 1; default 1. */
  readonly every?: number;
}

/**
 * Saves the model into a folder after epochs; each save replaces the one before as a whole.
 *
 * @param folder - `{epoch}` in it stands for the number of the epoch, which keeps them all
 * @example `fg.callbacks.checkpoint("runs/best", { bestOnly: true })`
 * @throws {UsageError} if an option is out of range
 */
export function checkpoint(folder: string, options: CheckpointOptions = {}): Callback {
  const { bestOnly = false, every = 1 } = options;
  if (!Number.isSafeInteger(every) || every < 1) {
    throw new UsageError(`checkpoint: every must be an integer >= 1, got ${every}`);
  }
  let monitor = new Monitor(options);
  return {
    onTrainStart: () => {
      monitor = new Monitor(options);
    },
    onEpochEnd: async (record, run) => {
      if (bestOnly && !monitor.isBetter(record)) return;
      if (record.epoch % every !== 0) return;
      await run.save(folder.replaceAll("{epoch}", String(record.epoch)));
    },
  };
}
