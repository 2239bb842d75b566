// Which device is asked about, and which of its processes are others.
import { expect, it } from "vitest";
import { foreignOf, gpuNumber } from "./monitor.ts";

const device = (facts: { readonly id: string; readonly name: string; readonly kind?: "cpu" }) => ({
  backend: "b",
  kind: "gpu" as const,
  dtypes: ["f32" as const],
  engine: { name: "e", version: "1" },
  ...facts,
});

it("asks for GPUs of NVIDIA by the number in their id, for the first where it has none", () => {
  expect(gpuNumber(device({ id: "cuda:1", name: "x" }))).toBe(1);
  expect(gpuNumber(device({ id: "cuda", name: "x" }))).toBe(0);
  expect(gpuNumber(device({ id: "webgpu", name: "NVIDIA H100 80GB HBM3" }))).toBe(0);
  expect(gpuNumber(device({ id: "webgpu", name: "GeForce RTX 4090" }))).toBe(0);
  expect(gpuNumber(device({ id: "webgpu", name: "AMD Radeon" }))).toBeUndefined();
  expect(gpuNumber(device({ id: "cpu", name: "NVIDIA Grace", kind: "cpu" }))).toBeUndefined();
  const software = { ...device({ id: "webgpu", name: "NVIDIA test" }), isSoftware: true };
  expect(gpuNumber(software)).toBeUndefined();
});

it("others are all but the trial's own process and those that were there before", () => {
  const [old, own, other] = [10, 20, 30].map((pid) => ({ pid, name: `p${pid}` }));
  expect(foreignOf([old!, own!], [old!], 20)).toEqual([]);
  expect(foreignOf([old!, own!, other!], [old!], 20)).toEqual([other]);
  expect(foreignOf([old!], [old!], 20)).toEqual([]);
  // In a container the tool shows the numbers of the host: one newcomer is the trial itself, a second is another.
  expect(foreignOf([{ pid: 777, name: "node" }], [], 20)).toEqual([]);
  expect(foreignOf([{ pid: 777, name: "node" }, other!], [], 20)).toEqual([other]);
});
