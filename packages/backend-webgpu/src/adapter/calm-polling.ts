// Waiting for a software adapter without a busy core. While anything is pending, Dawn for Node asks for finished work in every
// turn of the event loop, through `setImmediate`; a turn takes 20 us, so that a core does nothing else, and on a software
// adapter it is one of those that compute. Here such a turn sleeps first, a share of the time that was waited already.

/** What a thread's polls depend on; parameters so that tests need no clock. */
export interface PollingHost {
  /** Where Dawn looks `setImmediate` up, at every poll. */
  readonly scope: { setImmediate: typeof setImmediate };
  /** Monotonic, ms. */
  readonly nowMs: () => number;
  /** Blocks the thread. */
  readonly sleepMs: (durationMs: number) => void;
}

/** A wait grows by at most this share. */
const share = 1 / 32;
/** Waits below it end so soon that waking up would cost more than the core is worth, ms: steps of 5 ms got 5% slower. */
const patienceMs = 6;
/** So long the event loop may be held up, ms: other messages to the process wait as well. */
const longestMs = 1;

/** See the file's purpose. One for each thread. */
export class CalmPolling {
  private readonly host: PollingHost;
  private sinceMs: number;

  /** Takes effect at once. */
  constructor(host: PollingHost = thisThread()) {
    this.host = host;
    this.sinceMs = host.nowMs();
    const { scope } = host;
    const original = scope.setImmediate;
    const calm = (task: (...values: unknown[]) => void, ...values: unknown[]): NodeJS.Immediate =>
      isPoll(task)
        ? original(() => {
            this.sleep();
            task(...values);
          })
        : original(task, ...values);
    scope.setImmediate = Object.assign(calm, original);
  }

  /** Work was begun or finished: what is waited for from now on is something new. */
  noteActivity(): void {
    this.sinceMs = this.host.nowMs();
  }

  private sleep(): void {
    const waitedMs = this.host.nowMs() - this.sinceMs;
    if (waitedMs >= patienceMs) this.host.sleepMs(Math.min(longestMs, waitedMs * share));
  }
}

/** Whether Dawn's binding made it: an anonymous native function. Nothing else in Node hands such to `setImmediate`. */
function isPoll(task: unknown): boolean {
  return (
    typeof task === "function" &&
    task.name === "" &&
    Function.prototype.toString.call(task).endsWith("{ [native code] }")
  );
}

function thisThread(): PollingHost {
  const never = new Int32Array(new SharedArrayBuffer(4));
  return {
    scope: globalThis,
    nowMs: () => performance.now(),
    sleepMs: (durationMs) => {
      Atomics.wait(never, 0, 0, durationMs);
    },
  };
}
