// What the end of a trial means, for ends that are hard to bring about with a real process.
import { DataError, FastGpuError, UnsupportedOpError, UsageError } from "@fastgpu/core";
import {
  BackendCrashedError,
  BackendTimeoutError,
  CancelledError,
  EngineError,
  OutOfMemoryError,
} from "@fastgpu/runtime";
import { expect, test } from "vitest";
import { outcomeOf, type EndOfTrial } from "./outcome.ts";

const end: EndOfTrial = {
  phase: "sampling",
  timeoutMs: 3000,
  isOverdue: false,
  isHostDevice: false,
};

test("memory: a process that died of it had no host memory, an engine that lives speaks of its device", () => {
  const died = new OutOfMemoryError("m", { end: { signal: "SIGKILL", stderrTail: "" } });
  expect(outcomeOf(died, end)).toMatchObject({ state: "out-of-memory", where: "host" });
  const reported = new FastGpuError("OUT_OF_MEMORY", "m");
  expect(outcomeOf(reported, end)).toMatchObject({ state: "out-of-memory", where: "device" });
  expect(outcomeOf(reported, { ...end, isHostDevice: true })).toMatchObject({ where: "host" });
});

test("a trial that was ended for its time is a timeout, whatever its process answered", () => {
  const killed = new CancelledError("was ended by its caller");
  expect(outcomeOf(killed, { ...end, isOverdue: true })).toEqual({
    state: "timeout",
    message:
      "trial: must end within 3000 ms, got no end while in phase sampling; raise sampling.trialTimeoutSeconds",
    limitNs: 3e9,
    phase: "sampling",
  });
  expect(outcomeOf(new BackendTimeoutError("silence"), end)).toMatchObject({
    state: "timeout",
    message: "silence",
  });
  expect(outcomeOf(killed, end)).toMatchObject({ state: "cancelled" });
});

test("a crash keeps how the process ended", () => {
  const crash = new BackendCrashedError("m", { exitCode: 134, stderrTail: "abort" });
  expect(outcomeOf(crash, end)).toEqual({
    state: "crashed",
    message: "m",
    exitCode: 134,
    stderrTail: "abort",
  });
});

test("what cannot be done, and what went wrong", () => {
  expect(outcomeOf(new UnsupportedOpError("no such op"), end)).toMatchObject({
    state: "unsupported",
    reason: "no such op",
  });
  expect(outcomeOf(new EngineError("x"), end)).toMatchObject({ state: "failed", code: "ENGINE" });
  expect(outcomeOf(new UsageError("x"), end)).toMatchObject({ state: "failed", code: "USAGE" });
});

test("errors in the user's files and faults of the program are no outcomes", () => {
  expect(() => outcomeOf(new DataError("row 3"), end)).toThrow(DataError);
  expect(() => outcomeOf(new TypeError("undefined"), end)).toThrow(TypeError);
});
