// Opens a user's .onnx file. The file is untrusted: it is parsed and checked here, in JavaScript, before the engine,
// which is native code, sees it.
import { readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, normalize, sep } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { DataError, type ModelPort } from "@fastgpu/core";
import { InferenceSession } from "onnxruntime-node";
import { engineError } from "../session/engine-error.ts";
import {
  ModelProtoSchema,
  TensorProto_DataLocation,
  type GraphProto,
  type ModelProto,
  type TensorProto,
} from "../proto/onnx.ts";
import { declaredPorts } from "./ports.ts";

/** Largest file that is read; a protobuf message cannot be larger. */
const FILE_LIMIT_BYTES = 2 ** 31 - 1;

/** An opened file. */
export interface OpenedModel {
  readonly path: string;
  readonly session: InferenceSession;
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
}

/**
 * Opens a model file.
 *
 * @param path - the .onnx file
 * @param dimensions - sizes of symbolic dimensions, by name
 * @param options - of the session
 * @throws {DataError} if the file cannot be read, is no model, or refers to data outside of its folder
 * @throws {UnsupportedOpError} if an input or output is no tensor that JavaScript can hold
 */
export async function openModelFile(
  path: string,
  dimensions: Readonly<Record<string, number>>,
  options: InferenceSession.SessionOptions,
): Promise<OpenedModel> {
  const model = await readModel(path);
  const { graph } = model;
  if (graph === undefined || graph.node.length === 0) {
    throw new DataError(`${path}: an ONNX model must have a graph with nodes, got none`);
  }
  checkExternalData(path, graph);
  const { inputs, outputs, overrides } = declaredPorts(path, graph, dimensions);
  try {
    const session = await InferenceSession.create(path, {
      ...options,
      freeDimensionOverrides: overrides,
    });
    return { path, session, inputs, outputs };
  } catch (error) {
    throw engineError(`loading ${path}`, error);
  }
}

async function readModel(path: string): Promise<ModelProto> {
  let bytes: Uint8Array;
  try {
    const { size } = await stat(path);
    if (size > FILE_LIMIT_BYTES) {
      throw new DataError(
        `${path}: a model must have at most ${FILE_LIMIT_BYTES} bytes, got ${size}`,
      );
    }
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof DataError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${path}: a model must be a readable file, got: ${reason}`, {
      cause: error,
    });
  }
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw new DataError(
      `${path}: a model must be a whole ONNX file, got ${bytes.length} other bytes`,
      {
        cause: error,
      },
    );
  }
}

/** Data of tensors may lie in other files, but only beside the model or below it. */
function checkExternalData(path: string, graph: GraphProto): void {
  for (const tensor of tensorsOf(graph)) {
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) continue;
    const location = tensor.externalData.find(({ key }) => key === "location")?.value ?? "";
    const inside = normalize(location);
    if (location === "" || isAbsolute(inside) || inside === ".." || inside.startsWith(`..${sep}`)) {
      throw new DataError(
        `${path}: external data must lie in ${dirname(path)}, got "${location}" for tensor "${tensor.name}"`,
      );
    }
  }
}

function* tensorsOf(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer;
  for (const node of graph.node) {
    for (const attribute of node.attribute) {
      if (attribute.t !== undefined) yield attribute.t;
      yield* attribute.tensors;
      if (attribute.g !== undefined) yield* tensorsOf(attribute.g);
      for (const inner of attribute.graphs) yield* tensorsOf(inner);
    }
  }
}
