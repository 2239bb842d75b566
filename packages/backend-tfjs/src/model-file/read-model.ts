// Reads an untrusted model of TensorFlow.js from disk: model.json and the shards of weights beside it, everything checked
// before the engine sees it.
import { readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { DataError, UnsupportedOpError } from "@fastgpu/core";
import type { io } from "@tensorflow/tfjs-core";

/** Largest model.json: topology only, weights are elsewhere. */
const JSON_LIMIT_BYTES = 256 * 2 ** 20;

/** A model that was read: which kind, and all that loading it takes. */
export interface ModelSource {
  readonly path: string;
  readonly format: "graph-model" | "layers-model";
  readonly artifacts: io.ModelArtifacts;
}

interface Group {
  readonly paths: readonly string[];
  readonly weights: readonly io.WeightsManifestEntry[];
}

/**
 * Reads a model.
 *
 * @param path - of its model.json; shards must lie in the same folder
 * @throws {DataError} naming the file, if one is missing, is cut off or is not what it must be
 */
export async function readModel(path: string): Promise<ModelSource> {
  const json = parse(path, await readWhole(path, JSON_LIMIT_BYTES));
  const format =
    json["format"] ?? (json["modelTopology"] === undefined ? undefined : "layers-model");
  if (format !== "graph-model" && format !== "layers-model") {
    throw new DataError(
      `${path}: format must be graph-model or layers-model, got ${typeof format === "string" ? `"${format}"` : kindOf(format)}`,
    );
  }
  if (!isObject(json["modelTopology"])) {
    throw new DataError(
      `${path}: modelTopology must be an object, got ${kindOf(json["modelTopology"])}`,
    );
  }
  const groups = manifestOf(path, json["weightsManifest"]);
  const data: Uint8Array[] = [];
  for (const group of groups) data.push(await readGroup(path, group));
  const artifacts: io.ModelArtifacts = {
    modelTopology: json["modelTopology"],
    format,
    weightSpecs: groups.flatMap(({ weights }) => [...weights]),
    weightData: joined(data).buffer as ArrayBuffer,
    ...pick(json, "signature"),
    ...pick(json, "userDefinedMetadata"),
    ...pick(json, "modelInitializer"),
    ...pick(json, "initializerSignature"),
    ...pick(json, "trainingConfig"),
  };
  return { path, format, artifacts };
}

function pick(json: Readonly<Record<string, unknown>>, name: string): Record<string, object> {
  const value = json[name];
  return isObject(value) ? { [name]: value } : {};
}

function manifestOf(path: string, value: unknown): readonly Group[] {
  if (value === undefined) return [];
  const isGroup = (group: unknown): group is Group =>
    isObject(group) &&
    isListOf(group["paths"], (entry) => typeof entry === "string") &&
    isListOf(group["weights"], isSpec);
  if (isListOf(value, isGroup)) return value as readonly Group[];
  throw new DataError(
    `${path}: weightsManifest must be a list of { paths, weights: [{ name, shape, dtype }] }, got something else`,
  );
}

function isSpec(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value["name"] === "string" &&
    typeof value["dtype"] === "string" &&
    isListOf(value["shape"], (size) => Number.isSafeInteger(size) && (size as number) >= 0)
  );
}

/** The bytes of a group's shards, which must be exactly those of its weights. */
async function readGroup(path: string, { paths, weights }: Group): Promise<Uint8Array> {
  let expected: number | undefined = 0;
  for (const spec of weights) {
    const bytes = specBytes(path, spec);
    expected = bytes === undefined || expected === undefined ? undefined : expected + bytes;
  }
  const parts: Uint8Array[] = [];
  for (const name of paths) {
    const place = await shardPath(path, name);
    parts.push(await readWhole(place, expected ?? 2 ** 31 - 1));
  }
  const whole = joined(parts);
  if (expected !== undefined && whole.length !== expected) {
    throw new DataError(
      `${path}: shards ${paths.join(", ")} must hold the ${expected} bytes of their weights, got ${whole.length}`,
    );
  }
  return whole;
}

/** Bytes that a weight takes in its shard; undefined for text, whose length is in the data. */
function specBytes(path: string, spec: io.WeightsManifestEntry): number | undefined {
  const count = spec.shape.reduce((product, size) => product * size, 1);
  const stored = spec.quantization?.dtype ?? spec.dtype;
  if (stored === "string") return undefined;
  const widths: Readonly<Record<string, number>> = {
    float32: 4,
    int32: 4,
    bool: 1,
    uint8: 1,
    uint16: 2,
    float16: 2,
    complex64: 8,
  };
  const width = Object.hasOwn(widths, stored) ? widths[stored] : undefined;
  if (width === undefined) {
    throw new UnsupportedOpError(
      `${path}: weight "${spec.name}" must have a dtype of TensorFlow.js, got ${JSON.stringify(stored)}`,
    );
  }
  return count * width;
}

/** @throws {DataError} if the shard lies outside of the model's folder */
async function shardPath(path: string, name: string): Promise<string> {
  const folder = await realpath(dirname(path));
  const place = join(folder, name);
  const found = await realpath(place).catch(() => place);
  if (basename(name) === name && found.startsWith(folder + sep)) return found;
  throw new DataError(`${path}: shards must lie in the folder of the model, got "${name}"`);
}

async function readWhole(path: string, limitBytes: number): Promise<Uint8Array> {
  try {
    const info = await stat(path);
    // A pipe or a device could keep the reader waiting for ever.
    if (!info.isFile()) throw new DataError(`${path}: must be a file, got something else`);
    if (info.size > limitBytes) {
      throw new DataError(`${path}: must have at most ${limitBytes} bytes, got ${info.size}`);
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof DataError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${path}: must be a readable file, got: ${reason}`, { cause: error });
  }
}

function parse(path: string, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${path}: a model must be JSON, got: ${reason}`, { cause: error });
  }
  if (isObject(value)) return value;
  throw new DataError(`${path}: a model must be a JSON object, got ${kindOf(value)}`);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, check: (entry: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.every(check);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : value === null ? "null" : typeof value;
}
