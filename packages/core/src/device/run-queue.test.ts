// The queue of a device: order, errors, and when it is idle.
import { expect, test } from "vitest";
import { RunQueue } from "./run-queue.ts";

function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("tasks run one after another in the order they were given", async () => {
  const queue = new RunQueue();
  const log: string[] = [];
  const task = (name: string) => async (): Promise<string> => {
    log.push(`${name} begins`);
    await pause();
    log.push(`${name} ends`);
    return name;
  };
  const results = await Promise.all(["a", "b", "c"].map((name) => queue.run(task(name))));
  expect(results).toEqual(["a", "b", "c"]);
  expect(log).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});

test("a task begins at once on an idle queue, and a failure lets the next one begin", async () => {
  const queue = new RunQueue();
  let hasBegun = false;
  const failing = queue.run(() => {
    hasBegun = true;
    throw new TypeError("no");
  });
  expect(hasBegun).toBe(true);
  const next = queue.run(() => Promise.resolve("next"));
  await expect(failing).rejects.toThrow(TypeError);
  await expect(next).resolves.toBe("next");
});

test("turns that are taken by hand keep the order too", async () => {
  const queue = new RunQueue();
  const log: string[] = [];
  expect(queue.enter()).toBeUndefined();
  const waiting = queue.run(() => Promise.resolve(log.push("task")));
  const idle = queue.idle().then(() => log.push("idle"));
  await pause();
  log.push("left");
  queue.leave();
  await Promise.all([waiting, idle]);
  expect(log).toEqual(["left", "task", "idle"]);
  await queue.idle();
  expect(queue.enter()).toBeUndefined();
});
