// Runs asynchronous tasks one after another in the order they were given: what a device promises for overlapping calls.

/** A queue of one device. */
export class RunQueue {
  private isBusy = false;
  private readonly waiting: (() => void)[] = [];

  /**
   * Takes the next turn; whoever took it must `leave`. Hot code calls these two instead of `run`, because every promise
   * around a run of microseconds shows in its time.
   *
   * @returns Undefined if the turn begins at once, else a promise of its begin.
   */
  enter(): Promise<void> | undefined {
    if (!this.isBusy) {
      this.isBusy = true;
      return undefined;
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Ends the turn and begins the next. */
  leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.isBusy = false;
    else next();
  }

  /** Starts the task when all before it have settled; at once if there are none. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.enter();
    if (turn !== undefined) await turn;
    try {
      return await task();
    } finally {
      this.leave();
    }
  }

  /** Resolves when everything given so far has settled. */
  idle(): Promise<void> {
    return this.isBusy ? this.run(() => settled) : settled;
  }
}

const settled = Promise.resolve();
