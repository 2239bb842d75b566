// What a thrown thing comes to: cancellations, our own errors, and faults of the program.
import { UsageError } from "@fastgpu/core";
import { expect, test } from "vitest";
import { describeFailure } from "./failure.ts";

test("what an abort signal throws is a cancellation, not a fault", () => {
  const controller = new AbortController();
  controller.abort();
  const thrown = ((): unknown => {
    try {
      controller.signal.throwIfAborted();
      return undefined;
    } catch (error) {
      return error;
    }
  })();
  expect(describeFailure(thrown)).toMatchObject({ code: "CANCELLED", exitCode: 130 });
  expect(describeFailure(new UsageError("a\nb"))).toMatchObject({ exitCode: 2, message: "a b" });
  expect(describeFailure(new TypeError("x"))).toMatchObject({ code: "INTERNAL" });
});
