// Runs a source of values ahead of its consumer: while the consumer awaits a device, the next values are made.

/**
 * Yields the values of `source` in order, with up to `depth` of them made ahead. A value is made in a turn of the event
 * loop of its own, when the consumer waits for something else; if the consumer comes first, its value is made at once.
 * With a synchronous source that does its work in `next`, this overlaps that work with a device in another process.
 * An error of the source reaches the consumer after the values made before it. Leaving the loop early ends the source.
 *
 * @param depth - values made ahead, an integer of at least 0; 0 makes each value when it is asked for
 */
export async function* prefetch<T>(
  source: Iterable<T> | AsyncIterable<T>,
  depth: number,
): AsyncGenerator<T, void, undefined> {
  const ahead = new Ahead(iteratorOf(source), depth);
  try {
    for (;;) {
      const step = await ahead.next();
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    await ahead.close();
  }
}

type Step<T> = IteratorResult<T, unknown>;

/** The queue between a source and its consumer. */
class Ahead<T> {
  private readonly source: Iterator<T> | AsyncIterator<T>;
  private readonly depth: number;
  private readonly queue: Promise<Step<T>>[] = [];
  private scheduled: NodeJS.Immediate | undefined;
  private isEnded = false;

  constructor(source: Iterator<T> | AsyncIterator<T>, depth: number) {
    this.source = source;
    this.depth = depth;
  }

  next(): Promise<Step<T>> {
    const step = this.queue.shift() ?? this.make();
    this.schedule();
    return step;
  }

  async close(): Promise<void> {
    this.isEnded = true;
    if (this.scheduled !== undefined) clearImmediate(this.scheduled);
    // Steps still under way must settle before the source is closed, and their errors have no reader left.
    await Promise.allSettled(this.queue);
    await this.source.return?.();
  }

  private make(): Promise<Step<T>> {
    if (this.isEnded) return Promise.resolve({ done: true, value: undefined });
    const step = this.step();
    // An error waits in the queue for its turn; without a handler, Node would end the process before that.
    step.catch(() => undefined);
    return step;
  }

  private async step(): Promise<Step<T>> {
    try {
      const step = await this.source.next();
      if (step.done === true) this.isEnded = true;
      return step;
    } catch (error) {
      this.isEnded = true;
      throw error;
    }
  }

  private schedule(): void {
    if (this.scheduled !== undefined || this.isEnded || this.queue.length >= this.depth) return;
    this.scheduled = setImmediate(() => {
      this.scheduled = undefined;
      if (this.isEnded) return;
      this.queue.push(this.make());
      this.schedule();
    });
  }
}

function iteratorOf<T>(source: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : source[Symbol.iterator]();
}
