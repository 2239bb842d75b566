// Runs asynchronous tasks one after another in the order they were given: what a device promises for overlapping calls.

/** A queue of one device. */
export class RunQueue {
  private tail: Promise<unknown> = Promise.resolve();
  private pending = 0;

  /** Starts the task when all before it have settled; at once if there are none. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.pending === 0 ? start(task) : this.tail.then(task);
    this.pending++;
    const settle = (): void => {
      this.pending--;
    };
    this.tail = result.then(settle, settle);
    return result;
  }

  /** Resolves when everything given so far has settled. */
  async idle(): Promise<void> {
    await this.tail;
  }
}

/** Starts a task so that what it throws at once rejects too. */
async function start<T>(task: () => Promise<T>): Promise<T> {
  return task();
}
