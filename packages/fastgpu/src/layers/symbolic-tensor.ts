// A value of a model that is being described: which layer makes it from which values, and its type. No data.
import {
  ModelError,
  resolveModel,
  type DType,
  type LayerSpec,
  type Shape,
  type TensorType,
} from "@fastgpu/core";
import type { Layer } from "./layer.ts";

/** The result of applying a layer; made by `input` and `Layer.apply`. */
export class SymbolicTensor {
  readonly layer: Layer;
  readonly inputs: readonly SymbolicTensor[];
  /** Shape of one sample, without the batch axis. */
  readonly shape: Shape;
  readonly dtype: DType;

  /**
   * @param layer - the layer; an input layer takes no inputs
   * @throws {ModelError} if the layer's options are invalid or the inputs do not fit it
   */
  constructor(layer: Layer, inputs: readonly SymbolicTensor[]) {
    this.layer = layer;
    this.inputs = inputs;
    const { shape, dtype } = infer(layer, inputs);
    this.shape = shape;
    this.dtype = dtype;
  }
}

/** All values that a value is made from, itself last; each after its inputs. */
export function ancestors(outputs: readonly SymbolicTensor[]): SymbolicTensor[] {
  const done = new Set<SymbolicTensor>();
  // Not recursive: a model may be thousands of layers deep.
  const open = [...outputs].reverse();
  for (let value = open.at(-1); value !== undefined; value = open.at(-1)) {
    const missing = value.inputs.filter((input) => !done.has(input));
    if (missing.length === 0) {
      done.add(value);
      open.pop();
    } else open.push(...missing.reverse());
  }
  return [...done];
}

/** Checks the one layer on placeholders of its inputs' types, so that a mistake shows where it is made. */
function infer(layer: Layer, inputs: readonly SymbolicTensor[]): TensorType {
  const placeholders = inputs.map(({ shape, dtype }, i): LayerSpec => {
    // A name that no user can want, so that it never meets the layer's own.
    return { name: ` ${i}`, kind: "input", config: { shape: [...shape], dtype }, inputs: [] };
  });
  const name = layer.name ?? likelyName(layer, inputs);
  const { kind, config } = layer;
  const own: LayerSpec = { name, kind, config, inputs: placeholders.map((input) => input.name) };
  const layers = [...placeholders, own];
  const entries = layers.filter((spec) => spec.kind === "input").map((spec) => spec.name);
  if (entries.length === 0) {
    throw new ModelError(`layer "${name}" (${kind}): inputs must be given, got none`);
  }
  const model = { name: "layer", layers, inputs: entries, outputs: [name] };
  const resolved = resolveModel(model).at(-1);
  if (resolved === undefined) throw new ModelError(`layer "${name}": must have a type, got none`);
  return resolved.output;
}

/** The name that the model will give it, unless a layer of its kind is on another branch. */
function likelyName(layer: Layer, inputs: readonly SymbolicTensor[]): string {
  const same = new Set(
    ancestors(inputs)
      .map((value) => value.layer)
      .filter(({ kind }) => kind === layer.kind),
  );
  return same.size === 0 ? layer.kind : `${layer.kind}_${same.size}`;
}
