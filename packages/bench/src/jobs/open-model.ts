// Opens a model file in the backend process, where the engine is.
import { UnsupportedOpError, type ModelPort } from "@fastgpu/core";
import type { JobContext, RemoteDevice } from "@fastgpu/runtime";
import { keepModel } from "./target.ts";

/** Which file. */
export interface OpenModelArgument {
  readonly path: string;
  /** Sizes of symbolic dimensions by name. */
  readonly dimensions: Readonly<Record<string, number>>;
}

/** What the file declares, and how long the engine took to load it. */
export interface OpenedModel {
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  readonly durationNs: number;
}

/** Opens the file on a device; later jobs run it as target `model-file`. */
export function openModelOn(
  device: RemoteDevice,
  argument: OpenModelArgument,
): Promise<OpenedModel> {
  const module = new URL("../../dist/jobs/open-model.js", import.meta.url).href;
  return device.runJob({ module, name: "openModel" }, argument);
}

/** The job; call it through `openModelOn`. */
export async function openModel(
  context: JobContext<never>,
  { path, dimensions }: OpenModelArgument,
): Promise<OpenedModel> {
  const { device } = context;
  if (device.openModel === undefined) {
    throw new UnsupportedOpError(
      `backend ${device.info.backend}: must open model files, got one that runs graphs only; use --backend onnx`,
    );
  }
  const startedAt = performance.now();
  const model = await device.openModel(path, dimensions);
  const durationNs = Math.round((performance.now() - startedAt) * 1e6);
  keepModel(context, model);
  return { inputs: model.inputs, outputs: model.outputs, durationNs };
}
