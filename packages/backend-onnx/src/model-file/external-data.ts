// Tensors of a model may keep their data in other files. Those files must lie in the model's folder, by name and after
// following links, because the engine would read whatever the model names.
import { realpath, stat } from "node:fs/promises";
import { dirname, join, normalize, posix, sep, win32 } from "node:path";
import { DataError } from "@fastgpu/core";
import {
  TensorProto_DataLocation,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type SparseTensorProto,
  type TensorProto,
} from "../proto/onnx.ts";

/**
 * Checks every file that a model refers to, in subgraphs, functions and sparse tensors too.
 *
 * @returns true if there are any
 * @throws {DataError} if one is missing, no plain file, too short, or outside of the model's folder
 */
export async function checkExternalData(path: string, model: ModelProto): Promise<boolean> {
  let isUsed = false;
  let folder: string | undefined;
  for (const tensor of tensorsOf(model)) {
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) continue;
    isUsed = true;
    folder ??= await realpath(dirname(path));
    await checkLocation(path, folder, tensor);
  }
  return isUsed;
}

async function checkLocation(path: string, folder: string, tensor: TensorProto): Promise<void> {
  const locations = entriesOf(tensor, "location");
  const [location = ""] = locations;
  const where = `${path}: external data of tensor ${JSON.stringify(tensor.name)}`;
  if (locations.length !== 1 || !staysInside(location)) {
    const found = locations.map((text) => JSON.stringify(text)).join(", ") || "no location";
    throw new DataError(`${where} must lie in ${folder}, got ${found}`);
  }
  let file: string;
  let sizeBytes: number;
  try {
    file = await realpath(join(folder, location));
    const info = await stat(file);
    if (!info.isFile())
      throw new DataError(`${where} must be a file, got ${JSON.stringify(location)}`);
    sizeBytes = info.size;
  } catch (error) {
    if (error instanceof DataError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${where} must be readable, got: ${reason}`, { cause: error });
  }
  if (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
    throw new DataError(
      `${where} must lie in ${folder}, got ${JSON.stringify(location)}, a link to ${file}`,
    );
  }
  const offset = bytesOf(where, tensor, "offset");
  const length = bytesOf(where, tensor, "length");
  if (offset + length > sizeBytes) {
    throw new DataError(
      `${where} must lie within the ${sizeBytes} bytes of ${JSON.stringify(location)}, got ${length} from ${offset}`,
    );
  }
}

/** A name that leads out of the folder on no platform. */
function staysInside(location: string): boolean {
  // The engine takes this one for an address in its own memory.
  if (location === "" || location.includes("\0") || location.includes("_ORT_MEM_ADDR_")) {
    return false;
  }
  if (posix.isAbsolute(location) || win32.isAbsolute(location) || /^[a-z]:/i.test(location)) {
    return false;
  }
  const inside = normalize(location);
  return !inside.split(/[\\/]/).includes("..");
}

function entriesOf(tensor: TensorProto, name: string): string[] {
  return tensor.externalData.filter(({ key }) => key === name).map(({ value }) => value);
}

function bytesOf(where: string, tensor: TensorProto, name: string): number {
  const [text = "0", ...more] = entriesOf(tensor, name);
  const value = Number(text);
  if (more.length > 0 || !/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new DataError(
      `${where} must have one whole ${name} in bytes, got ${JSON.stringify(text)}`,
    );
  }
  return value;
}

function* tensorsOf(model: ModelProto): Generator<TensorProto> {
  if (model.graph !== undefined) yield* inGraph(model.graph);
  for (const { node, attributeProto } of model.functions) {
    yield* inNodes(node);
    yield* inAttributes(attributeProto);
  }
  for (const { initialization, algorithm } of model.trainingInfo) {
    if (initialization !== undefined) yield* inGraph(initialization);
    if (algorithm !== undefined) yield* inGraph(algorithm);
  }
}

function* inGraph(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer;
  yield* inSparse(graph.sparseInitializer);
  yield* inNodes(graph.node);
}

function* inNodes(nodes: readonly NodeProto[]): Generator<TensorProto> {
  for (const node of nodes) yield* inAttributes(node.attribute);
}

function* inAttributes(attributes: readonly AttributeProto[]): Generator<TensorProto> {
  for (const { t, tensors, g, graphs, sparseTensor, sparseTensors } of attributes) {
    if (t !== undefined) yield t;
    yield* tensors;
    if (g !== undefined) yield* inGraph(g);
    for (const inner of graphs) yield* inGraph(inner);
    if (sparseTensor !== undefined) yield* inSparse([sparseTensor]);
    yield* inSparse(sparseTensors);
  }
}

function* inSparse(sparse: readonly SparseTensorProto[]): Generator<TensorProto> {
  for (const { values, indices } of sparse) {
    if (values !== undefined) yield values;
    if (indices !== undefined) yield indices;
  }
}
