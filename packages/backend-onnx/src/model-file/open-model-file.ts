// Opens a user's .onnx file. The file is untrusted: it is parsed and checked here, in JavaScript, before the engine,
// which is native code, sees it.
import type { ModelPort } from "@fastgpu/core";
import { InferenceSession } from "onnxruntime-node";
import { withCpuNodes } from "../providers/cpu-nodes.ts";
import { checkExternalData } from "./external-data.ts";
import { loadError } from "./load-error.ts";
import { declaredPorts } from "./ports.ts";
import { readModelFile } from "./read-model.ts";

/** An opened file. */
export interface OpenedModel {
  readonly path: string;
  readonly session: InferenceSession;
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  /** Those of its session. */
  readonly options: InferenceSession.SessionOptions;
}

/**
 * Opens a model file.
 *
 * @param path - the .onnx file
 * @param dimensions - sizes of symbolic dimensions, by name
 * @param options - of the session
 * @throws {DataError} if the file cannot be read, is no model, or refers to data outside of its folder
 * @throws {UnsupportedOpError} if an input or output is no tensor that JavaScript can hold, or the engine lacks an operator
 */
export async function openModelFile(
  path: string,
  dimensions: Readonly<Record<string, number>>,
  options: InferenceSession.SessionOptions,
): Promise<OpenedModel> {
  const { bytes, outline, graph } = await readModelFile(path);
  const hasExternalData = await checkExternalData(path, outline);
  const { inputs, outputs, overrides } = declaredPorts(path, graph, dimensions);
  const settings = {
    ...withCpuNodes(options, graph.node),
    freeDimensionOverrides: overrides,
  };
  try {
    // The engine gets the very bytes that were checked; only beside a path does it look for further files.
    const session = hasExternalData
      ? await InferenceSession.create(path, settings)
      : await InferenceSession.create(bytes, settings);
    return { path, session, inputs, outputs, options: settings };
  } catch (error) {
    throw loadError(path, error, outline);
  }
}
