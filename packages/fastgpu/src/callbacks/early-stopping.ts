// Ends a training that no longer gets better.
import { UsageError, type TensorMap } from "@fastgpu/core";
import type { Callback } from "./callback.ts";
import { Monitor, type MonitorOptions } from "./monitor.ts";

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without improvement after which the training ends, >= 1; default 1. */
  readonly patience?: number;
  /** Puts the model back to its best epoch when the training ends, in whatever way; default false. */
  readonly restoreBest?: boolean;
}

/**
 * Stops when a number has not improved for some epochs.
 *
 * @example `fg.callbacks.earlyStopping({ monitor: "val_loss", patience: 3, restoreBest: true })`
 * @throws {UsageError} if an option is out of range
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const { patience = 1, restoreBest = false } = options;
  if (!Number.isSafeInteger(patience) || patience < 1) {
    throw new UsageError(`earlyStopping: patience must be an integer >= 1, got ${patience}`);
  }
  let monitor = new Monitor(options);
  let since = 0;
  let best: TensorMap | undefined;
  return {
    onTrainStart: () => {
      monitor = new Monitor(options);
      since = 0;
      best = undefined;
    },
    onEpochEnd: async (record, run) => {
      if (monitor.isBetter(record)) {
        since = 0;
        if (restoreBest) best = await run.readState();
        return;
      }
      since++;
      if (since < patience) return;
      run.stop(`${monitor.name} has not improved on ${monitor.best ?? NaN} for ${since} epochs`);
    },
    onTrainEnd: async (_, run) => {
      // since 0 means that the last epoch was the best.
      if (best !== undefined && since > 0) await run.writeState(best);
      best = undefined;
    },
  };
}
