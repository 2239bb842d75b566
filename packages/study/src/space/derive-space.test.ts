// The space of a workload: what devices list becomes parameters where those devices are.
import { UsageError, type DeviceInfo } from "@fastgpu/core";
import type { TuneParameter, Workload } from "@fastgpu/bench";
import { Space } from "@fastgpu/tuner";
import { expect, test } from "vitest";
import { smallSuite } from "../../test/fixtures/small-suite.ts";
import { parseGoal } from "../goal/goal.ts";
import { deriveSpace, type DerivedSpace } from "./derive-space.ts";
import type { StudyDevice } from "./part.ts";

const [workload] = smallSuite().workloads as readonly [Workload];

type Settings = Pick<DeviceInfo, "settings" | "settingsWhen">;

function device(backend: string, id: string, settings: Settings = {}): StudyDevice {
  const engine = { name: backend, version: "1" };
  const info: DeviceInfo = {
    backend,
    id,
    kind: "gpu",
    name: id,
    dtypes: ["f32"],
    engine,
    ...settings,
  };
  return { name: `${backend}/${id}`, backend, info };
}

/** As adapters of the WebGPU backend list theirs. */
const software = device("webgpu", "0", {
  settings: {
    kernelMethod: ["auto", "broadcast", "tiled", "plain"],
    kernelRows: ["auto", 8, 16],
    kernelSplit: ["auto", 1, 2, 4, 8],
  },
  settingsWhen: { kernelRows: { kernelMethod: ["auto", "broadcast"] } },
});
const gpu = device("webgpu", "1", {
  settings: {
    kernelMethod: ["auto", "tiled", "units", "plain"],
    kernelRows: ["auto", 16, 128],
    kernelSplit: ["auto", 1, 2, 4, 8],
  },
  settingsWhen: { kernelRows: { kernelMethod: ["auto", "tiled", "units"] } },
});
const other = device("onnx", "cpu");

function spaceOf(
  devices: readonly [StudyDevice, ...StudyDevice[]],
  parameters: Readonly<Record<string, TuneParameter>> = {},
): DerivedSpace {
  const goal = parseGoal(workload.kind, [], []);
  const where = (name: string): string => `s.json:${name}`;
  return deriveSpace({ workload, devices, goal, parameters, rules: [], where });
}

test("settings of kernels belong to the devices that list them, sizes in their order", () => {
  const { space, baseline } = spaceOf([other, software]);
  const when = { device: ["webgpu/0"] };
  expect(space.parameters).toMatchObject({
    device: { values: ["onnx/cpu", "webgpu/0"] },
    kernelMethod: { kind: "categorical", values: ["auto", "broadcast", "tiled", "plain"], when },
    kernelRows: {
      kind: "ordinal",
      values: ["auto", 8, 16],
      when: { ...when, kernelMethod: ["auto", "broadcast"] },
    },
    kernelSplit: { kind: "ordinal", values: ["auto", 1, 2, 4, 8], when },
  });
  expect(space.constraints).toBeUndefined();
  // The default is the first device, which has no kernels to choose.
  expect(Object.keys(baseline)).toEqual(["device", "batchSize"]);
});

test("of one device they need no condition, and all are auto by default", () => {
  const { space, baseline } = spaceOf([software]);
  expect(space.parameters["kernelMethod"]?.when).toBeUndefined();
  expect(space.parameters["kernelRows"]?.when).toEqual({ kernelMethod: ["auto", "broadcast"] });
  expect(baseline).toMatchObject({ kernelMethod: "auto", kernelRows: "auto", kernelSplit: "auto" });
});

test("no device is asked for a method that only another one has", () => {
  const { space } = spaceOf([software, gpu], { batchSize: false });
  expect(space.parameters["kernelRows"]).toMatchObject({ values: ["auto", 8, 16, 128] });
  const listed = new Space(space);
  const all = (listed.list() ?? []).map((point) => listed.configurationOf(point));
  const methods = (name: string): readonly unknown[] => [
    ...new Set(all.filter(({ device }) => device === name).map((one) => one["kernelMethod"])),
  ];
  expect(methods("webgpu/0").toSorted()).toEqual(["auto", "broadcast", "plain", "tiled"]);
  expect(methods("webgpu/1").toSorted()).toEqual(["auto", "plain", "tiled", "units"]);
});

test("a suite may list other sizes and fewer methods, and drop what it does not want", () => {
  const { space } = spaceOf([software], {
    kernelMethod: ["broadcast"],
    kernelRows: [20, 8],
    kernelSplit: false,
  });
  expect(space.parameters).toMatchObject({
    kernelMethod: { kind: "categorical", values: ["broadcast", "auto"] },
    kernelRows: { kind: "ordinal", values: ["auto", 8, 20] },
  });
  expect(space.parameters).not.toHaveProperty("kernelSplit");
});

test("a condition follows what the suite leaves of its parent", () => {
  const without = spaceOf([software], { kernelMethod: false }).space.parameters["kernelRows"];
  expect(without).not.toHaveProperty("when");
  const fewer = spaceOf([software], { kernelMethod: ["plain"] }).space;
  expect(fewer.parameters["kernelRows"]?.when).toEqual({ kernelMethod: ["auto"] });
  expect(() => new Space(fewer)).not.toThrow();
  const elsewhere = spaceOf([other, software], { device: ["onnx/cpu"] }).space;
  expect(Object.keys(elsewhere.parameters)).toEqual(["device", "batchSize"]);
});

test.each<[Readonly<Record<string, TuneParameter>>, string]>([
  [
    { kernelMethod: ["warp"] },
    's.json:kernelMethod: values must be of auto, broadcast, tiled, plain, got "warp"',
  ],
  [
    { kernelRows: ["tall"] },
    's.json:kernelRows: values must be of the kind of 8 or "auto", got "tall"',
  ],
  [{ batchSize: ["big"] }, 's.json:batchSize: values must be of the kind of 2, got "big"'],
  [
    { unroll: [2] },
    "s.json:unroll: parameter must be one of precision, batchSize, kernelMethod, kernelRows",
  ],
])("refuses %j in one line", (parameters, message) => {
  expect(() => spaceOf([software], parameters)).toThrow(UsageError);
  expect(() => spaceOf([software], parameters)).toThrow(message);
});
