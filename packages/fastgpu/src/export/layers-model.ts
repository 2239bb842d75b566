// A model in the layers format of TensorFlow.js, which is that of Keras 2 with weights of its own:
// https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-layers/src/keras_format/topology_config.ts.
import {
  ModelError,
  resolveModel,
  UnsupportedOpError,
  type JsonObject,
  type LayerSpec,
  type ModelSpec,
  type TensorMap,
} from "@fastgpu/core";
import type { ModelArtifacts, Weight } from "./artifacts.ts";
import type { ExportedLayer, LayerToExport } from "./layer-export.ts";
import { layerExports } from "./layers-table.ts";

/** One call of a layer: its name, and which of its calls. */
type Reference = readonly [name: string, call: number];

interface Written {
  readonly layer: ExportedLayer;
  readonly name: string;
  readonly isTrainable: boolean;
  /** The results that each call reads. */
  readonly calls: (readonly Reference[])[];
}

/**
 * Writes a model as layers of TensorFlow.js. A layer of ours becomes one or a short chain; the last of it keeps the name.
 *
 * @param state - parameters and statistics by name
 * @throws {UnsupportedOpError} naming the first layer that TensorFlow.js has no layer for, and why
 */
export function layersModel(model: ModelSpec, state: TensorMap): ModelArtifacts {
  const chains = new Map<string, Written[]>();
  const results = new Map<string, Reference>();
  const specs = new Map(model.layers.map((spec) => [spec.name, spec]));
  const names = new Set(model.layers.map(({ name }) => name));
  const resolved = resolveModel(model);
  const shapes = new Map(resolved.map(({ spec, output }) => [spec.name, output.shape]));
  for (const { spec, output, isTrainable } of resolved) {
    const inputs = spec.inputs.map((name) => shapes.get(name) ?? []);
    const own = { inputs, output: output.shape, dtype: output.dtype };
    const layer = { ...own, ...reading(spec, state) };
    const chain =
      spec.weightsOf === undefined
        ? written(spec, exported(spec, layer), isTrainable, names)
        : sharedChain(spec, specs.get(spec.weightsOf), chains.get(spec.weightsOf));
    chains.set(spec.name, chain);
    let read = spec.inputs.map((name) => results.get(name) ?? ([name, 0] as const));
    for (const part of chain) {
      part.calls.push(read);
      read = [[part.name, part.calls.length - 1]];
    }
    const [last] = read;
    if (last !== undefined) results.set(spec.name, last);
  }
  const parts = [...new Set([...chains.values()].flat())];
  const port = (name: string): (string | number)[] => [...(results.get(name) ?? [name, 0]), 0];
  return {
    format: "layers-model",
    modelTopology: {
      keras_version: "tfjs-layers 4.22.0",
      backend: "tensor_flow.js",
      model_config: {
        class_name: "Model",
        config: {
          name: model.name,
          layers: parts.map(layerJson),
          input_layers: model.inputs.map(port),
          output_layers: model.outputs.map(port),
        },
      },
    },
    weights: parts.flatMap(weightsOf),
  };
}

function reading(
  spec: LayerSpec,
  state: TensorMap,
): Pick<LayerToExport, "config" | "parameter" | "refuse"> {
  const { name, kind, config } = spec;
  const where = `export: layer "${name}" (${kind})`;
  return {
    config,
    parameter: (parameter) => {
      const value = state[`${name}/${parameter}`];
      if (value !== undefined) return value;
      throw new ModelError(`${where}: parameter "${parameter}" must be in the state, got none`);
    },
    refuse: (rule, got) => {
      throw new UnsupportedOpError(
        `${where}: ${rule} for tfjs-layers, got ${JSON.stringify(got ?? null)}; try format tfjs-graph`,
      );
    },
  };
}

function exported(spec: LayerSpec, layer: LayerToExport): readonly ExportedLayer[] {
  const write = Object.hasOwn(layerExports, spec.kind) ? layerExports[spec.kind] : undefined;
  return write === undefined
    ? layer.refuse("kind must be one that TensorFlow.js has a layer", spec.kind)
    : write(layer);
}

/** Names for the parts of a chain; the last has the name of the layer. */
function written(
  { name }: LayerSpec,
  chain: readonly ExportedLayer[],
  isTrainable: boolean,
  names: Set<string>,
): Written[] {
  return chain.map((layer, i) => {
    let own = name;
    for (let n = i + 1; i < chain.length - 1 && names.has(own); n++) own = `${name}_${n}`;
    names.add(own);
    return { layer, name: own, isTrainable, calls: [] };
  });
}

/** One layer called twice: both calls have the options of the first. */
function sharedChain(
  spec: LayerSpec,
  owner: LayerSpec | undefined,
  chain: Written[] | undefined,
): Written[] {
  if (chain === undefined || JSON.stringify(owner?.config) !== JSON.stringify(spec.config)) {
    throw new UnsupportedOpError(
      `export: layer "${spec.name}" (${spec.kind}): options must be those of "${spec.weightsOf ?? ""}", whose weights it shares, for tfjs-layers, got others; try format tfjs-graph`,
    );
  }
  return chain;
}

function layerJson({ layer, name, isTrainable, calls }: Written): JsonObject {
  const isInput = layer.className === "InputLayer";
  return {
    class_name: layer.className,
    name,
    config: { name, ...(isInput ? {} : { trainable: isTrainable }), ...layer.config },
    inbound_nodes: isInput
      ? []
      : calls.map((read) => read.map(([from, call]) => [from, call, 0, {}])),
  };
}

function weightsOf({ layer, name }: Written): readonly Weight[] {
  return (layer.weights ?? []).map((weight) => ({ ...weight, name: `${name}/${weight.name}` }));
}
