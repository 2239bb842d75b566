// The short form of a model in a suite -> the model specification of the core.
import type { LayerSpec, ModelSpec } from "@fastgpu/core";
import type { LayerFile, ModelFile } from "./suite-file.ts";

/**
 * Names layers that have no name `<kind>_<number>`, wires each to the one before where it does not say, and takes every
 * other key as an option of the layer.
 */
export function toModelSpec(name: string, file: ModelFile): ModelSpec {
  const layers: LayerSpec[] = [];
  file.layers.forEach((layer, index) => {
    layers.push(toLayerSpec(layer, index, layers.at(-1)));
  });
  const outputs = file.outputs ?? layers.slice(-1).map((layer) => layer.name);
  const inputs = layers.filter(({ kind }) => kind === "input").map((layer) => layer.name);
  return { name, layers, inputs, outputs };
}

function toLayerSpec(layer: LayerFile, index: number, before: LayerSpec | undefined): LayerSpec {
  const { kind, name, inputs, weightsOf, ...config } = layer;
  const isSource = kind === "input" || before === undefined;
  return {
    name: name ?? `${kind}_${index}`,
    kind,
    config,
    inputs: inputs ?? (isSource ? [] : [before.name]),
    ...(weightsOf === undefined ? {} : { weightsOf }),
  };
}
