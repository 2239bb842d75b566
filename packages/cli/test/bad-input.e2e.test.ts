// What users get wrong, one line and exit 2 each: nothing is measured and no file is left behind.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { externalDataModel, reluModel, unknownOperatorModel } from "./fixtures/onnx-bytes.ts";
import { expectRefusal, fixture, invoke, scratchFolder } from "./launch.ts";

let folder: string;
let before: readonly string[];
beforeEach(() => {
  folder = scratchFolder();
});

function write(name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content);
}

/** Runs in the folder and expects a refusal that leaves the folder as it was. */
async function expectRunRefusal(args: readonly string[], line: RegExp): Promise<void> {
  before = readdirSync(folder);
  expectRefusal(await invoke(["run", ...args], { cwd: folder }), line);
  expect(readdirSync(folder)).toEqual(before);
}

describe("suites", () => {
  it("says which suites there are for an unknown one", async () => {
    await expectRunRefusal(
      ["quickstrat"],
      /^error: suite "quickstrat": must be one of quickstart, .* or the path of a suite file, got no such file; did you mean "quickstart"\?\n$/,
    );
  });

  it("points at the line of what is not JSON and of what breaks a rule", async () => {
    write("cut.json", '{\n  "name": "x",\n  "workloads": [');
    await expectRunRefusal(["cut.json"], /^error: cut\.json:3:\d+: must be JSON, got/);
    write(
      "kind.json",
      '{\n  "name": "x",\n  "workloads": [\n    { "name": "a", "kind": "inferense" }\n  ]\n}',
    );
    await expectRunRefusal(
      ["kind.json"],
      /^error: kind\.json:4:\d+: .*got "inferense"; did you mean "inference"/,
    );
  });

  it("names the layer whose shape or kind is wrong", async () => {
    const suite = (layer: object): string => {
      const layers = [
        { kind: "input", shape: [784] },
        { kind: "dense", units: 128, name: "hidden" },
        { name: "eyes", ...layer },
      ];
      const workloads = [{ name: "a", kind: "inference", model: "m" }];
      return JSON.stringify({ name: "x", models: { m: { layers } }, workloads }, undefined, 1);
    };
    write("shape.json", suite({ kind: "conv2d", filters: 3, kernelSize: 3 }));
    await expectRunRefusal(
      ["shape.json"],
      /^error: shape\.json:\d+:\d+: layer "eyes" \(conv2d\): .*got \[128\]\n$/,
    );
    write("op.json", suite({ kind: "convolve" }));
    await expectRunRefusal(
      ["op.json"],
      /^error: op\.json:\d+:\d+: layer "eyes": kind must be one of .*got "convolve"/,
    );
  });
});

it("names the backend, device, workload or option that is not there", async () => {
  await expectRunRefusal(["quickstart", "--backend", "onx"], /got "onx"; did you mean onnx\?\n$/);
  await expectRunRefusal(
    ["quickstart", "--device", "gpu7"],
    /^error: device: must be one of cpu, .*got "gpu7"/,
  );
  await expectRunRefusal(
    ["quickstart", "--workload", "didgits"],
    /must be one of digits, got "didgits"; did you mean "digits"\?\n$/,
  );
  await expectRunRefusal(
    ["quickstart", "--threads", "0"],
    /^error: --threads: must be a whole number of at least 1, got "0"\n$/,
  );
  await expectRunRefusal(
    ["quickstart", "--format", "pdf"],
    /^error: --format: must be one or more of json, html, md, csv, got "pdf"\n$/,
  );
  await expectRunRefusal(
    ["quickstart", "--backend", fixture("empty-backend.mjs")],
    /there must be a device it can use, got none; run fastgpu-bench doctor/,
  );
});

it("points at the row and column of bad data", async () => {
  const layers = [
    { kind: "input", shape: [2] },
    { kind: "dense", units: 2, activation: "softmax" },
  ];
  const models = { m: { layers, loss: "sparseCategoricalCrossentropy" } };
  const data = { t: { source: "file", path: "t.csv", label: "y" } };
  const workloads = [{ name: "a", kind: "train-step", model: "m", data: "t", batchSizes: [2] }];
  write("csv.json", JSON.stringify({ name: "csv", data, models, workloads }));
  await expectRunRefusal(["csv.json"], /^error: .*t\.csv: file must exist, got no such file\n$/);
  write("t.csv", "a,b,y\n1,2,0\n1,2\n3,4,1\n");
  await expectRunRefusal(
    ["csv.json"],
    /^error: .*t\.csv:3: row must have 3 fields as the header has, got 2\n$/,
  );
  write("t.csv", "a,b,z\n1,2,0\n3,4,1\n");
  await expectRunRefusal(
    ["csv.json"],
    /^error: .*t\.csv:1: column of label must be one of a, b, z, got "y"\n$/,
  );
  write("t.csv", "a,b,y\n1,2,0\n3,x,1\n5,6,1\n");
  await expectRunRefusal(
    ["csv.json"],
    /^error: .*t\.csv:3, column "b": value must be a number, got "x"/,
  );
});

describe("model files", () => {
  const run = (...more: readonly string[]): string[] => ["onnx-model", ...more];

  it("runs a good one, so that the refusals below are for what is bad", async () => {
    write("relu.onnx", reluModel);
    const { status, stderr } = await invoke(["run", ...run("--quick", "--model", "relu.onnx")], {
      cwd: folder,
    });
    expect({ status, stderr }).toMatchObject({ status: 0 });
  });

  it.each([
    ["missing", undefined, /model file must exist, got .*m\.onnx"\n$/],
    ["empty", new Uint8Array(0), /m\.onnx: .*must/],
    [
      "truncated",
      reluModel.slice(0, reluModel.length - 9),
      /m\.onnx: a model must be a whole ONNX file/,
    ],
    [
      "made of noise",
      Uint8Array.from({ length: 200 }, (_, i) => (i * 197) % 256),
      /m\.onnx: a model must/,
    ],
    [
      "reaching out of its folder",
      externalDataModel("../../../etc/passwd"),
      /m\.onnx: .*\.\.\/\.\.\/\.\.\/etc\/passwd/,
    ],
    ["with an unknown operator", unknownOperatorModel, /m\.onnx: .*Relyu/],
  ])("refuses one that is %s", async (_, bytes, line) => {
    if (bytes !== undefined) write("m.onnx", bytes);
    await expectRunRefusal(run("--model", "m.onnx"), line);
  });
});

it("refuses an output folder that cannot be written, before anything is measured", async () => {
  write("file", "");
  await expectRunRefusal(
    ["quickstart", "--out", "file/results"],
    /^error: --out: folder must be writable, got .*results \(ENOTDIR\)/,
  );
});
