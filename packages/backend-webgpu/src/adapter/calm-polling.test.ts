// Polls of a long wait sleep, those of a short one and everything else do not.
import { expect, test } from "vitest";
import { CalmPolling, type PollingHost } from "./calm-polling.ts";

/** A clock that only sleeping moves, and an event loop that runs tasks at once. */
function fakeHost(): PollingHost & { clockMs: number; readonly slept: number[] } {
  const host = {
    clockMs: 0,
    slept: [] as number[],
    scope: {
      setImmediate: ((task: (...values: unknown[]) => void, ...values: unknown[]) => {
        task(...values);
      }) as unknown as typeof setImmediate,
    },
    nowMs: () => host.clockMs,
    sleepMs: (durationMs: number) => {
      host.slept.push(durationMs);
    },
  };
  return host;
}

/** An anonymous native function, as Dawn's binding hands to setImmediate. */
function nativePoll(): () => void {
  const poll = Function.prototype as () => void;
  return poll;
}

test("a poll sleeps a 32nd of the wait, at most a millisecond, and not at all in the first six", () => {
  const host = fakeHost();
  new CalmPolling(host);
  for (const clockMs of [0, 5.9, 16, 6400]) {
    host.clockMs = clockMs;
    host.scope.setImmediate(nativePoll());
  }
  expect(host.slept).toEqual([0.5, 1]);
});

test("activity begins a new wait", () => {
  const host = fakeHost();
  const polling = new CalmPolling(host);
  host.clockMs = 100;
  polling.noteActivity();
  host.clockMs = 105;
  host.scope.setImmediate(nativePoll());
  expect(host.slept).toEqual([]);
});

test("tasks of programs run with their values and without delay", () => {
  const host = fakeHost();
  new CalmPolling(host);
  host.clockMs = 1000;
  const seen: unknown[] = [];
  host.scope.setImmediate((...values: unknown[]) => seen.push(values), 1, "two");
  expect(seen).toEqual([[1, "two"]]);
  expect(host.slept).toEqual([]);
});
