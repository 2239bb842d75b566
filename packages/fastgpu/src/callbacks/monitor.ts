// Compares the number that a callback watches from epoch to epoch.
import { UsageError } from "@fastgpu/core";
import type { EpochRecord } from "../history.ts";

/** What to watch. */
export interface MonitorOptions {
  /** A name of the epoch's logs; default val_loss. */
  readonly monitor?: string;
  /** Whether less or more is better; default: more for names with "acc", "auc", "precision", "recall", "f1", "r2". */
  readonly mode?: "min" | "max";
  /** Smallest change that counts as better, >= 0; default 0. */
  readonly minDelta?: number;
}

/** Remembers the best value. */
export class Monitor {
  readonly name: string;
  /** Best value so far. */
  best: number | undefined;
  private readonly sign: number;
  private readonly minDelta: number;

  /** @throws {UsageError} if minDelta is negative */
  constructor({ monitor = "val_loss", mode, minDelta = 0 }: MonitorOptions) {
    if (!(minDelta >= 0)) throw new UsageError(`minDelta: must be >= 0, got ${minDelta}`);
    const isGain =
      mode === undefined ? /acc|auc|precision|recall|f1|r2|top/i.test(monitor) : mode === "max";
    this.name = monitor;
    this.sign = isGain ? 1 : -1;
    this.minDelta = minDelta;
  }

  /** Takes the number of an epoch; true if it is the best so far. NaN never is. @throws {UsageError} if there is none */
  isBetter({ logs }: EpochRecord): boolean {
    const value = logs[this.name];
    if (value === undefined) {
      throw new UsageError(
        `monitor: must be one of ${Object.keys(logs).join(", ")}, got "${this.name}"; val_ needs validationData`,
      );
    }
    const isBetter =
      !Number.isNaN(value) &&
      (this.best === undefined || this.sign * (value - this.best) > this.minDelta);
    if (isBetter) this.best = value;
    return isBetter;
  }
}
