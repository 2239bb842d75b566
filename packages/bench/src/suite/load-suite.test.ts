// Suites that ship, and every way in which a suite can be wrong: one line each, with the place in the file.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { SuiteError } from "@fastgpu/core";
import { loadSuite, parseSuite, shippedSuites } from "./load-suite.ts";
import type { Suite } from "./suite.ts";

const folder = mkdtempSync(join(tmpdir(), "fastgpu-suite-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("kind onnx-model is an older name of model", () => {
  const of = (kind: string): Suite =>
    parseSuite(
      `{"name":"x","workloads":[{"name":"a","kind":"${kind}","path":"m.onnx"}]}`,
      "s.json",
      "/",
    );
  expect(of("onnx-model").workloads[0]?.kind).toBe("model");
  expect(of("onnx-model").hash).toBe(of("model").hash);
});

test.each(shippedSuites)("%s loads", async (name) => {
  const suite = await loadSuite(name);
  expect(suite.name).toBe(name);
  expect(suite.description).not.toBe("");
  expect(suite.hash).toMatch(/^[0-9a-f]{64}$/);
});

const small =
  '{"name":"x","workloads":[{"name":"a","kind":"inference","model":"m"}],"models":{"m":';
const inference = '"workloads":[{"name":"a","kind":"inference"';
const sizes = '"inputs":[{"shape":[2,3]},{"shape":[4,5]}]';

test.each<[string, string, string | RegExp]>([
  ["no JSON", "{", "s.json:1:2: must be JSON, got the end of the file (close brace expected)"],
  ["a comment", '{\n // no\n"name":"x"}', /^s\.json:2:2: must be JSON, got "\/\/ no"/],
  ["an array", "[1]", "s.json:1:1: suite must be object, got [1]"],
  [
    "no workloads",
    '{"name":"x"}',
    `s.json:1:1: suite must have required property 'workloads', got {"name":"x"}`,
  ],
  [
    "a kind that does not exist",
    '{"name":"x","workloads":[\n{"name":"a","kind":"infrence"}]}',
    's.json:2:20: workloads.0.kind must be train-to-accuracy, train-step, inference, model, got "infrence"; did you mean "inference"?',
  ],
  [
    "a misspelt property",
    `{"name":"x",${inference},\n"model":"m","batchsizes":[1]}]}`,
    /s.json:2:26: workloads.0 must only have kind, .*batchSizes, .*got "batchsizes"; did you mean "batchSizes"\?/,
  ],
  ["neither model nor op", `{"name":"x",${inference}}]}`, "must have exactly one of model, op"],
  [
    "an unknown precision",
    `{"name":"x","matrix":{"precisions":["f23"]},${inference},"model":"m"}]}`,
    's.json:1:37: matrix.precisions.0 must be one of f32, f16, mixed, int8, f16-storage-emulated, got "f23"',
  ],
  [
    "an unknown op",
    `{"name":"x",${inference},"op":{"name":"matmull",${sizes}}}]}`,
    'op must be a primitive operation, got "matmull"; did you mean "matmul"?',
  ],
  [
    "shapes an op cannot have",
    `{"name":"x",${inference},"op":{"name":"matmul",${sizes}}}]}`,
    "matmul: inner sizes must match, got a=[2,3], b=[4,5]",
  ],
  [
    "an unknown model",
    `{"name":"x",${inference},"model":"q"}]}`,
    'model must be named in the suite, got "q"; there are none',
  ],
  [
    "an unknown layer kind",
    `${small}{"layers":[{"kind":"input","shape":[8]},\n{"kind":"dens","units":3}]}}}`,
    /^s\.json:2:1: layer "dens_1": kind must be one of .*, got "dens"/,
  ],
  [
    "layers that do not fit",
    `${small}{"layers":[{"kind":"input","shape":[8]},\n{"kind":"conv2d","filters":3,"kernelSize":3}]}}}`,
    's.json:2:1: layer "conv2d_1" (conv2d): input must have a channel axis and 2 spatial axes',
  ],
  [
    "an unknown optimizer",
    `${small}{"layers":[{"kind":"input","shape":[8]},{"kind":"dense","units":3}],"loss":"meanSquaredError",\n"optimizer":"adamm"}}}`,
    /^s\.json:2:13: optimizer: name must be one of .*, got "adamm"/,
  ],
  [
    "the same workload twice",
    `{"name":"x",${inference},"op":{"name":"neg","inputs":[{"shape":[1]}]}},{"name":"a","kind":"inference","op":{"name":"neg","inputs":[{"shape":[1]}]}}]}`,
    'workloads of one kind must have different names, got "a" twice',
  ],
])("%s is one clear line", (_, text, message) => {
  let caught: unknown;
  try {
    parseSuite(text, "s.json", folder);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(SuiteError);
  const found = (caught as SuiteError).message;
  expect(found).not.toContain("\n");
  if (typeof message === "string") expect(found).toContain(message);
  else expect(found).toMatch(message);
});

test("an unknown suite lists the known ones and guesses", async () => {
  await expect(loadSuite("quikstart")).rejects.toThrow(
    'suite "quikstart": must be one of quickstart, gemm, cnn, onnx-model, silero-vad, tfjs-model, blazeface, noise, serving, engines or the path of a suite file, got no such file; did you mean "quickstart"?',
  );
  await expect(loadSuite(folder)).rejects.toThrow("got a folder");
});

test("the hash says what is measured, not how it is written", async () => {
  const text = (order: string): string =>
    `{${order},"workloads":[{"kind":"inference","name":"a","op":{"name":"neg","inputs":[{"shape":[4]}]}}]}`;
  const path = join(folder, "mine.json");
  writeFileSync(path, text('"name":"x", "seed": 3'));
  const suite = await loadSuite(path);
  expect(suite.path).toBe(path);
  expect(parseSuite(text('\n"seed":3,\n\n"name":"x"'), "other.json", folder).hash).toBe(suite.hash);
  expect(parseSuite(text('"seed":4,"name":"x"'), "x", folder).hash).not.toBe(suite.hash);
});
