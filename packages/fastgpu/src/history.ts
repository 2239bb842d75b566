// What `fit` returns: one record per epoch, and the same numbers as columns.

/** Numbers of one epoch by name: `loss`, each metric, and with validation data `val_loss` and `val_<metric>`. */
export type Logs = Readonly<Record<string, number>>;

/** What `evaluate` returns: the loss, and each metric by name. */
export type Evaluation = Logs & { readonly loss: number };

/** One epoch. */
export interface EpochRecord {
  /** Number of epochs the model has been trained for, this one included; goes on where an earlier `fit` ended. */
  readonly epoch: number;
  /** Losses and metrics over the training data are those of the steps as they were made, penalties included. */
  readonly logs: Logs;
  /** Loss of every step in order. */
  readonly stepLosses: Float32Array;
  /** Time of the training steps, ns. */
  readonly trainDurationNs: number;
  /** Time of the validation, ns; 0 without validation data. */
  readonly validationDurationNs: number;
  /** Rows trained on per second of `trainDurationNs`. */
  readonly rowsPerSecond: number;
}

/** Why `fit` ended. */
export type StopReason = "completed" | "stopped" | "aborted";

/** The course of a training. */
export class History {
  readonly epochs: readonly EpochRecord[];
  /** `completed`; `stopped` by a callback; `aborted` by the signal, in the middle of an epoch that is not listed. */
  readonly stopReason: StopReason;
  /** What the callback said that stopped it. */
  readonly stopDetail: string | undefined;

  constructor(epochs: readonly EpochRecord[], stopReason: StopReason, stopDetail?: string) {
    this.epochs = epochs;
    this.stopReason = stopReason;
    this.stopDetail = stopDetail;
  }

  /** Columns by name, one number per epoch: `history.history["val_loss"]`. */
  get history(): Readonly<Record<string, readonly number[]>> {
    const names = [...new Set(this.epochs.flatMap(({ logs }) => Object.keys(logs)))];
    return Object.fromEntries(
      names.map((name) => [name, this.epochs.map(({ logs }) => logs[name] ?? NaN)]),
    );
  }

  /** The last epoch's numbers; empty if none was finished. */
  get last(): Logs {
    return this.epochs.at(-1)?.logs ?? {};
  }

  /** Training and validation together, ns. */
  get durationNs(): number {
    return this.epochs.reduce(
      (sum, { trainDurationNs, validationDurationNs }) =>
        sum + trainDurationNs + validationDurationNs,
      0,
    );
  }
}
