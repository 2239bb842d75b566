// The description of a saved model, model.json: read with the distrust that a file from elsewhere deserves.
import { createHash } from "node:crypto";
import {
  DataError,
  precisionPolicies,
  type JsonObject,
  type LayerSpec,
  type ModelSpec,
  type Precision,
} from "@fastgpu/core";
import type { Objective } from "../compile-options.ts";

/** How a model was trained; what is needed to go on. Backend and device are not part of it. */
export interface SavedTraining {
  readonly objective: Objective;
  readonly precision: Precision;
  readonly stepsPerRun: number | "auto";
  readonly seed: number;
}

/** Content of model.json. */
export interface ModelFile {
  readonly model: ModelSpec;
  /** Absent for a model that was never compiled. */
  readonly training?: SavedTraining;
}

const format = "fastgpu-model";
const version = 1;
const maxLayers = 10_000;
/** Anything else in a file's objective is left alone: it could reach into the step. */
const objectiveMembers = ["optimizer", "loss", "lossWeights", "metrics", "clip", "ema"] as const;

/** The text of model.json. */
export function encodeModelFile({ model, training }: ModelFile): string {
  const content = { format, version, model, ...(training === undefined ? {} : { training }) };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** A short digest of a model, by which its weights file names it; the order of members does not matter. */
export function digestOf(model: ModelSpec): string {
  const ordered = readModel("model", JSON.parse(JSON.stringify(model)));
  return createHash("sha256").update(JSON.stringify(ordered)).digest("hex").slice(0, 16);
}

/**
 * Reads model.json as far as its structure goes; kinds, options and shapes are checked where they are used.
 *
 * @param where - names the file in messages
 * @throws {DataError} if it is no JSON, of another format or version, or a member is missing or of another type
 */
export function decodeModelFile(where: string, text: string): ModelFile {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${where}: file must be JSON, got damaged text`, { cause: error });
  }
  const file = object(where, "file", content);
  if (file["format"] !== format) {
    throw new DataError(`${where}: format must be "${format}", got ${short(file["format"])}`);
  }
  if (file["version"] !== version) {
    throw new DataError(
      `${where}: version must be ${version}, got ${short(file["version"])}; a newer fastgpu may read it`,
    );
  }
  const model = readModel(where, file["model"]);
  const { training } = file;
  return training === undefined ? { model } : { model, training: readTraining(where, training) };
}

function readModel(where: string, value: unknown): ModelSpec {
  const model = object(where, "model", value);
  const { layers } = model;
  if (!Array.isArray(layers) || layers.length === 0 || layers.length > maxLayers) {
    throw new DataError(`${where}: model.layers must be a list of 1 to ${maxLayers} layers`);
  }
  return {
    name: text(where, "model.name", model["name"]),
    layers: layers.map((layer, i) => readLayer(where, `model.layers[${i}]`, layer)),
    inputs: texts(where, "model.inputs", model["inputs"]),
    outputs: texts(where, "model.outputs", model["outputs"]),
  };
}

function readLayer(where: string, path: string, value: unknown): LayerSpec {
  const layer = object(where, path, value);
  const { weightsOf } = layer;
  return {
    name: text(where, `${path}.name`, layer["name"]),
    kind: text(where, `${path}.kind`, layer["kind"]),
    // Parsed from JSON, so its members are JSON.
    config: object(where, `${path}.config`, layer["config"]) as JsonObject,
    inputs: texts(where, `${path}.inputs`, layer["inputs"]),
    ...(weightsOf === undefined ? {} : { weightsOf: text(where, `${path}.weightsOf`, weightsOf) }),
  };
}

function readTraining(where: string, value: unknown): SavedTraining {
  const training = object(where, "training", value);
  const { precision, stepsPerRun, seed } = training;
  const objective = object(where, "training.objective", training["objective"]);
  if (!isPrecision(precision)) {
    const names = Object.keys(precisionPolicies).join(", ");
    throw new DataError(`${where}: training.precision must be one of ${names}`);
  }
  if (stepsPerRun !== "auto" && !isCount(stepsPerRun)) {
    throw new DataError(`${where}: training.stepsPerRun must be "auto" or an integer >= 1`);
  }
  if (typeof seed !== "number" || !Number.isSafeInteger(seed)) {
    throw new DataError(`${where}: training.seed must be an integer, got ${short(seed)}`);
  }
  for (const name of ["loss", "optimizer"]) {
    const part = objective[name];
    if (typeof part === "string" || (typeof part === "object" && part !== null)) continue;
    throw new DataError(`${where}: training.objective.${name} must be a name or an object`);
  }
  const known = objectiveMembers.filter((name) => objective[name] !== undefined);
  // The parts of an objective are checked by name and option when its step is built.
  const chosen = Object.fromEntries(known.map((name) => [name, objective[name]]));
  return { objective: chosen as unknown as Objective, precision, stepsPerRun, seed };
}

function isPrecision(value: unknown): value is Precision {
  return typeof value === "string" && Object.hasOwn(precisionPolicies, value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}

function object(where: string, path: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new DataError(`${where}: ${path} must be an object, got ${short(value)}`);
}

function text(where: string, path: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new DataError(`${where}: ${path} must be a text, got ${short(value)}`);
}

function texts(where: string, path: string, value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map((item, i) => text(where, `${path}[${i}]`, item));
  throw new DataError(`${where}: ${path} must be a list, got ${short(value)}`);
}

function short(value: unknown): string {
  // JSON has no word for undefined; the compiler does not know.
  const json = JSON.stringify(value) as string | undefined;
  return (json ?? "none").slice(0, 60);
}
