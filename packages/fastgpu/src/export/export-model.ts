// A model in the format that is asked for.
import { UsageError, type ModelSpec, type TensorMap } from "@fastgpu/core";
import type { TunedFile } from "@fastgpu/tuner";
import type { ExportFormat, ModelArtifacts } from "./artifacts.ts";
import { graphModel } from "./graph-model.ts";
import { layersModel } from "./layers-model.ts";
import { checkOptionNames } from "../known-options.ts";

/** Options of `Model.export`. */
export interface ExportOptions {
  /** `tfjs-layers` for `tf.loadLayersModel`, `tfjs-graph` for `tf.loadGraphModel`. */
  readonly format: ExportFormat;
}

type Exporter = (model: ModelSpec, state: TensorMap) => ModelArtifacts;

const exporters: { readonly [F in ExportFormat]: Exporter } = {
  "tfjs-layers": layersModel,
  "tfjs-graph": graphModel,
};

/** The model as it is written. @throws {UsageError} for an unknown format or option */
export function exportedModel(
  model: ModelSpec,
  state: TensorMap,
  options: ExportOptions,
  tuned?: TunedFile,
): ModelArtifacts {
  checkOptionNames<ExportOptions>("export", options, { format: true });
  const { format } = options;
  const names = Object.keys(exporters);
  if (!names.includes(format)) {
    throw new UsageError(`export: format must be one of ${names.join(", ")}, got "${format}"`);
  }
  const artifacts = exporters[format](model, state);
  return tuned === undefined
    ? artifacts
    : { ...artifacts, userDefinedMetadata: { fastgpu: { tuned } } };
}
