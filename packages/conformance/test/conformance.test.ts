// The suite itself: it is complete, a correct device passes, every kind of wrong device fails, skips are honest.
import {
  compositeNames,
  isFloat,
  layerKinds,
  primitiveNames,
  type Graph,
  type RefMap,
  type RefTensor,
} from "@fastgpu/core";
import { describe, expect, it } from "vitest";
import { conformanceCases, runConformance } from "../src/index.ts";
import { coveredLayerKinds } from "../src/cases/layers.ts";
import { referenceDevice, type Fault } from "./reference-device.ts";

const cases = conformanceCases();

it("has unique names and a case for every primitive and every composite", () => {
  const names = cases.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const ops = (group: string): Set<string> =>
    new Set(
      names.filter((name) => name.startsWith(`${group}/`)).map((name) => name.split(/[/ ]/)[1]!),
    );
  expect(ops("op")).toEqual(new Set(primitiveNames));
  expect(ops("composite")).toEqual(new Set(compositeNames));
});

it(
  "lets no program, gradient, layer or loss be a thousandth off",
  { timeout: 120_000 },
  async () => {
    const off = referenceDevice(
      everywhere((t) => ({ ...t, data: t.data.map((v) => (t.dtype === "f32" ? v * 1.001 : v)) })),
    );
    const filter = (name: string): boolean => /^(gradient|layer|loss|program)\//.test(name);
    const report = await runConformance(off, { filter });
    const passed = report.cases.filter(({ status }) => status === "passed").map(({ name }) => name);
    // Nothing is off where there is nothing: operands of size 0, and gradients that are 0 (single elements may be).
    const hasNothing =
      /\[(\d+,)*0(,\d+)*\]|gradient\/(slice|logSoftmax|softmax f32\[5,1\]|\w+ f32\[1?\])/;
    expect(passed.filter((name) => !hasNothing.test(name))).toEqual([]);
    expect(report.failed).toBeGreaterThan(700);
  },
);

it("has a case for every layer kind", () => {
  expect(new Set(coveredLayerKinds)).toEqual(new Set(layerKinds));
});

it("passes on the reference interpreter", { timeout: 120_000 }, async () => {
  const report = await runConformance(referenceDevice());
  expect(report.cases.filter(({ status }) => status !== "passed")).toEqual([]);
  expect(report.passed).toBe(cases.length);
});

const everywhere =
  (change: (tensor: RefTensor) => RefTensor): Fault =>
  (outputs: RefMap) =>
    Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, change(value)]));

const hasOp = (graph: Graph, op: string): boolean => graph.nodes.some((node) => node.op === op);

describe("a wrong device fails", () => {
  it.each<[string, string, Fault]>([
    [
      "a relative error of 1e-5 in f32",
      "op/exp f32[2,3]",
      everywhere((t) => ({ ...t, data: t.data.map((v) => v * (1 + 1e-5)) })),
    ],
    [
      "a last element that is not computed",
      "op/add f32[13,17]",
      everywhere((t) => ({ ...t, data: t.data.with(-1, 0) })),
    ],
    ["a wrong shape", "op/reshape f32", everywhere((t) => ({ ...t, shape: [...t.shape, 1] }))],
    ["another dtype", "op/argMax f32[3,5] ", everywhere((t) => ({ ...t, dtype: "f32" }))],
    [
      "NaN everywhere",
      "composite/softmax f32[4,6]",
      everywhere((t) => ({ ...t, data: t.data.map((v) => (isFloat(t.dtype) ? NaN : v)) })),
    ],
    [
      "swapped operands of sub",
      "op/sub i32[2,3] i32[2,3]",
      (outputs, graph) =>
        hasOp(graph, "sub")
          ? everywhere((t) => ({ ...t, data: t.data.map((v) => -v) }))(outputs, graph)
          : outputs,
    ],
    [
      "an off-by-one in u8",
      "op/gather u8[5]",
      everywhere((t) => ({ ...t, data: t.data.map((v) => v + 1) })),
    ],
    [
      "a gradient that is a thousandth off",
      "gradient/tanh f32[2,3]",
      everywhere((t) => ({ ...t, data: t.data.map((v) => v * 1.001) })),
    ],
    [
      "a NaN that is lost",
      'special/reduceMax f32[2,3] {"axes":[1],"keepDims":false} 1,NaN,2',
      everywhere((t) => ({ ...t, data: t.data.map((v) => (Number.isNaN(v) ? 2 : v)) })),
    ],
    [
      "random bits of another generator",
      'op/randomUniform i32[2] {"shape":[7]}',
      everywhere((t) => ({ ...t, data: t.data.map((v) => v * (1 - 2 ** -23)) })),
    ],
  ])("%s", async (_title, prefix, fault) => {
    const filter = (name: string): boolean => name.startsWith(prefix);
    const report = await runConformance(referenceDevice(fault), { filter });
    expect(report.failed).toBe(report.cases.length);
    expect(report.failed).toBeGreaterThan(0);
    expect(report.cases[0]!.reason).toMatch(/^[^\n]+, got [^\n]+$/);
  });
});

it.each(["optimizer/", "model/perceptron with", "layer/conv2d"])(
  "a state that is a thousandth off fails every case of %s",
  async (prefix) => {
    const off = everywhere((t) => ({
      ...t,
      data: t.data.map((v) => (isFloat(t.dtype) ? v * 1.001 : v)),
    }));
    const filter = (name: string): boolean => name.startsWith(prefix);
    const report = await runConformance(referenceDevice(undefined, off), { filter });
    expect(report.cases.filter(({ status }) => status !== "failed")).toEqual([]);
    expect(report.failed).toBeGreaterThan(2);
  },
);

describe("skips", () => {
  const name = "op/exp f32[2,3]";
  const filter = (candidate: string): boolean => candidate === name;
  const wrong = referenceDevice(everywhere((t) => ({ ...t, data: t.data.map((v) => v + 1) })));
  const skips = [{ reason: "no exp", cases: [name] }];

  it("turn a failure into a skip with its reason", async () => {
    const report = await runConformance(wrong, { filter, skips });
    expect(report.cases).toEqual([{ name, status: "skipped", reason: "no exp" }]);
  });

  it("fail once the case passes", async () => {
    const report = await runConformance(referenceDevice(), { filter, skips });
    expect(report.failed).toBe(1);
    expect(report.cases[0]!.reason).toContain("remove the skip");
  });

  it("must name known cases once", async () => {
    const run = (names: string[]): Promise<unknown> =>
      runConformance(wrong, { filter, skips: [{ reason: "r", cases: names }] });
    await expect(run(["op/none"])).rejects.toThrow('got the unknown case "op/none"');
    await expect(run([name, name])).rejects.toThrow(`got "${name}" twice`);
  });

  it("are made for dtypes that the device does not have", async () => {
    const device = referenceDevice();
    const narrow = { ...device, info: { ...device.info, dtypes: ["f32"] as const } };
    const report = await runConformance(narrow, { filter: (n) => n === "op/exp f16[2,3]" });
    expect(report.cases[0]).toEqual({
      name: "op/exp f16[2,3]",
      status: "skipped",
      reason: "the device does not compute in f16",
    });
  });
});

it("stops between cases when it is cancelled and reports each case as it ends", async () => {
  const controller = new AbortController();
  const seen: string[] = [];
  const run = runConformance(referenceDevice(), {
    signal: controller.signal,
    onCase: (outcome) => {
      seen.push(outcome.name);
      if (seen.length === 3) controller.abort(new Error("enough"));
    },
  });
  await expect(run).rejects.toThrow("enough");
  expect(seen).toEqual(cases.slice(0, 3).map((entry) => entry.name));
});
