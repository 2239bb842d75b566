// A saved model: a folder with model.json (topology and how it is trained) and weights.safetensors (everything that
// training changes). Both are replaced as wholes; the weights name the model they belong to.
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  DataError,
  FastGpuError,
  formatShape,
  lossScalingOf,
  parametersOf,
  precisionPolicies,
  sameShape,
  trainStep,
  UsageError,
  type ModelSpec,
  type Shape,
  type TensorMap,
} from "@fastgpu/core";
import { decodeModelFile, digestOf, encodeModelFile, type ModelFile } from "./model-file.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { stageFile, type StagedFile } from "./write-whole.ts";

/** A model as it is on disk. */
export interface SavedModel extends ModelFile {
  /** By parameter name; with everything else that training changes, or parameters and statistics alone. */
  readonly state: TensorMap;
  /** Epochs it has been trained for. */
  readonly epochs: number;
}

/** Bounds of what is read. */
export interface LoadLimits {
  /** Largest weights file, bytes; default 4 GiB. */
  readonly maxBytes?: number;
}

const modelName = "model.json";
const weightsName = "weights.safetensors";
const maxModelBytes = 16 * 2 ** 20;
const defaultMaxBytes = 2 ** 32;

/** Writes a model, over one that is there. @throws {UsageError} if the folder cannot be written */
export async function writeModelFolder(folder: string, saved: SavedModel): Promise<void> {
  const metadata = {
    format: "fastgpu",
    model: digestOf(saved.model),
    epochs: String(saved.epochs),
  };
  const staged: StagedFile[] = [];
  try {
    await mkdir(folder, { recursive: true });
    const weights = encodeSafetensors({ tensors: saved.state, metadata });
    staged.push(await stageFile(join(folder, weightsName), weights));
    staged.push(await stageFile(join(folder, modelName), encodeModelFile(saved)));
    for (const file of staged) await file.commit();
  } catch (error) {
    throw new UsageError(`save: folder ${folder} must be writable, got ${codeOf(error)}`, {
      cause: error,
    });
  } finally {
    for (const file of staged) await file.discard();
  }
}

/**
 * Reads a model and checks that its weights are those of its layers.
 *
 * @throws {DataError} naming the file, if one is missing, too large, damaged, or of another model
 */
export async function readModelFolder(
  folder: string,
  limits: LoadLimits = {},
): Promise<SavedModel> {
  const modelPath = join(folder, modelName);
  const weightsPath = join(folder, weightsName);
  const text = (await readBounded(modelPath, maxModelBytes)).toString("utf8");
  const file = asDataError(modelPath, () => decodeModelFile(modelPath, text));
  const bytes = await readBounded(weightsPath, limits.maxBytes ?? defaultMaxBytes);
  const { tensors, metadata } = asDataError(weightsPath, () =>
    decodeSafetensors(weightsPath, bytes),
  );
  const digest = digestOf(file.model);
  if (metadata["model"] !== undefined && metadata["model"] !== digest) {
    throw new DataError(
      `${weightsPath}: weights must be of the model in ${modelName} (${digest}), got those of ${metadata["model"].slice(0, 16)}`,
    );
  }
  checkState(modelPath, weightsPath, file, tensors);
  return { ...file, state: tensors, epochs: epochsOf(weightsPath, metadata["epochs"]) };
}

async function readBounded(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const info = await stat(path);
    // A pipe or a device could keep its reader waiting for ever.
    if (!info.isFile()) throw new DataError(`${path}: path must be a file, got something else`);
    if (info.size > maxBytes) {
      throw new DataError(`${path}: file must have at most ${maxBytes} bytes, got ${info.size}`);
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${path}: file must be readable, got ${codeOf(error)}`, { cause: error });
  }
}

function checkState(
  modelPath: string,
  weightsPath: string,
  file: ModelFile,
  tensors: TensorMap,
): void {
  const slots = asDataError(modelPath, () => slotsOf(file));
  const found = new Map(Object.entries(tensors));
  const isWhole = slots.some(({ isParameter, name }) => !isParameter && found.has(name));
  const expected = slots.filter(({ isParameter }) => isParameter || isWhole);
  for (const { name, shape } of expected) {
    const value = found.get(name);
    found.delete(name);
    if (value !== undefined && sameShape(value.shape, shape)) continue;
    const got = value === undefined ? "none" : formatShape(value.shape);
    throw new DataError(
      `${weightsPath}: tensor "${name}" must have shape ${formatShape(shape)}, got ${got}`,
    );
  }
  const [extra] = found.keys();
  if (extra !== undefined) {
    throw new DataError(
      `${weightsPath}: tensors must be of the model or its optimizer, got ${JSON.stringify(extra.slice(0, 80))}`,
    );
  }
}

interface Slot {
  readonly name: string;
  readonly shape: Shape;
  /** Parameter or statistic of the model, as opposed to what belongs to the optimizer. */
  readonly isParameter: boolean;
}

/** What the weights file of a model holds. Graphs only: nothing of a parameter's size is allocated. */
function slotsOf({ model, training }: ModelFile): Slot[] {
  const parameters = parametersOf(model).map(({ name, shape }) => ({ name, shape }));
  const names = new Set(parameters.map(({ name }) => name));
  const own = parameters.map((slot) => ({ ...slot, isParameter: true }));
  if (training === undefined) return own;
  const lossScaling = lossScalingOf(precisionPolicies[training.precision]);
  const { graph } = trainStep(model, {
    ...training.objective,
    batch: 1,
    ...(lossScaling === undefined ? {} : { lossScaling }),
  });
  const others = graph.state.flatMap(({ name, node }) => {
    const shape = graph.nodes[node]?.type.shape ?? [];
    return names.has(name) ? [] : [{ name, shape, isParameter: false }];
  });
  return [...own, ...others];
}

/** What cannot be read or built is a damaged file, whatever the code that noticed calls it. */
function asDataError<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof DataError) throw error;
    const reason = error instanceof FastGpuError ? error.message : "a member of a wrong form";
    throw new DataError(`${path}: model must be valid, got ${reason}`, { cause: error });
  }
}

function epochsOf(path: string, text: string | undefined): number {
  const epochs = Number(text ?? 0);
  if (Number.isSafeInteger(epochs) && epochs >= 0) return epochs;
  throw new DataError(`${path}: epochs must be an integer >= 0, got ${String(text).slice(0, 40)}`);
}

function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  return error instanceof Error ? error.message : String(error);
}

/** The part of a state that is the model: parameters and statistics, without what belongs to the optimizer. */
export function parametersIn(model: ModelSpec, state: TensorMap): TensorMap {
  const names = parametersOf(model).map(({ name }) => name);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = state[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
