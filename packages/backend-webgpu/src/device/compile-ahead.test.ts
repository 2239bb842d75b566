// Which kernels are compiled ahead of a program's first run, and what is remembered of it.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceInfo } from "@fastgpu/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CompiledDispatch } from "../lower/compile.ts";
import { CompileAhead, partsByWeight } from "./compile-ahead.ts";
import { KnownKernels } from "./known-kernels.ts";
import { kernelKey } from "./pipelines.ts";

const info: DeviceInfo = {
  backend: "webgpu",
  id: "0",
  kind: "gpu",
  name: "Test Adapter",
  dtypes: ["f32"],
  driver: "driver 1.2",
  engine: { name: "dawn", version: "1.0.0" },
};
let folder = "";
let known: KnownKernels;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fastgpu-known-"));
  known = await KnownKernels.open(info, "/caches/mesa", join(folder, "new"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function kernel(letter: string, length: number): CompiledDispatch {
  const wgsl = letter.repeat(length);
  return { name: letter, op: "map", wgsl, bindings: [], workgroups: 1 };
}

/** Counts the devices that are asked for and gives none. */
function countingDevices(): { readonly open: () => Promise<never>; opened: number } {
  const devices = {
    opened: 0,
    open: () => {
      devices.opened++;
      return Promise.reject(new Error("no further device"));
    },
  };
  return devices;
}

test("parts are consecutive, of about equal weight, and hold every kernel once", () => {
  const parts = (weights: readonly number[], count: number) =>
    partsByWeight(weights, (weight) => weight, count);
  expect(parts([10, 10, 10, 10], 2)).toEqual([
    [10, 10],
    [10, 10],
  ]);
  expect(parts([30, 5, 5, 60], 2)).toEqual([[30, 5, 5], [60]]);
  expect(parts([5], 3).flat()).toEqual([5]);
  expect(parts([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([[1, 2, 3, 4], [5, 6], [7]]);
});

test("every core but the program's own gets a device, and losing it costs nothing but time", async () => {
  const devices = countingDevices();
  const ahead = new CompileAhead(devices.open, known, 3);
  const run = ahead.start([kernel("a", 9000), kernel("b", 9000), kernel("c", 9000)]);
  expect(devices.opened).toBe(2);
  await run?.end();
});

test("short programs open no device but are remembered once they have run", async () => {
  const devices = countingDevices();
  const ahead = new CompileAhead(devices.open, known, 4);
  const short = kernel("a", 100);
  const run = ahead.start([short]);
  expect(known.has(kernelKey(short))).toBe(false);
  await run?.end();
  expect(devices.opened).toBe(0);
  expect(ahead.start([short])).toBeUndefined();
  const later = await KnownKernels.open(info, "/caches/mesa", join(folder, "new"));
  expect(later.has(kernelKey(short))).toBe(true);
});

test("a program that is given up before it ran is not remembered", async () => {
  const ahead = new CompileAhead(countingDevices().open, known, 2);
  const kernels = [kernel("a", 9000), kernel("b", 9000)];
  const run = ahead.start(kernels);
  await run?.cancel();
  await run?.end();
  expect(known.has(kernelKey(kernels[0]!))).toBe(false);
});

test("the record is of one adapter, driver, engine and cache of the driver", async () => {
  await known.add(["a"]);
  const openOther = (other: Partial<DeviceInfo>, driverFolder = "/caches/mesa") =>
    KnownKernels.open({ ...info, ...other }, driverFolder, join(folder, "new"));
  const others = await Promise.all([
    openOther({ name: "Other" }),
    openOther({ driver: "driver 1.3" }),
    openOther({ engine: { name: "dawn", version: "1.0.1" } }),
    openOther({}, "/caches/elsewhere"),
  ]);
  expect(others.map((record) => record.has("a"))).toEqual([false, false, false, false]);
  expect((await openOther({})).has("a")).toBe(true);
});

test("processes add to each other's kernels, the oldest of too many go", async () => {
  const other = await KnownKernels.open(info, "/caches/mesa", join(folder, "new"));
  await known.add(["a"]);
  await other.add(Array.from({ length: 4095 }, (_, i) => `k${i}`));
  expect(other.has("a")).toBe(true);
  await other.add(["last"]);
  expect([other.has("a"), other.has("k0"), other.has("last")]).toEqual([false, true, true]);
});

test("a damaged record is an empty one, and a folder that is a file no failure", async () => {
  const path = join(folder, "file");
  await writeFile(path, "");
  const record = await KnownKernels.open(info, "/caches/mesa", path);
  await record.add(["a"]);
  expect(record.has("a")).toBe(true);
  expect(await readFile(path, "utf8")).toBe("");
});
