// The fingerprint text of an environment.

import { expect, test } from "vitest";
import { record } from "../test/fixtures.ts";
import { fingerprintText } from "./record.ts";

test("what changes speed changes the fingerprint, a GPU's serial does not", () => {
  const { environment } = record();
  const text = fingerprintText(environment);
  const [gpu] = environment.gpus;
  expect(fingerprintText({ ...environment, gpus: [{ ...gpu!, uuid: "GPU-1" }] })).toBe(text);
  expect(fingerprintText({ ...environment, gpus: [{ ...gpu!, driver: "2" }] })).not.toBe(text);
  expect(fingerprintText({ ...environment, node: "22.0.0" })).not.toBe(text);
  expect(fingerprintText({ ...environment, engines: {} })).not.toBe(text);
});

test("the order of engines is of no account", () => {
  const { environment } = record();
  const one = fingerprintText({ ...environment, engines: { a: "1", b: "2" } });
  expect(fingerprintText({ ...environment, engines: { b: "2", a: "1" } })).toBe(one);
});
