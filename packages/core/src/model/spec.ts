// A model as data: named layers wired by name, and the checks that it makes sense, without building anything.
import { FastGpuError, ModelError, ShapeError } from "../errors.ts";
import type { Shape } from "../graph/shape.ts";
import type { TensorType } from "../graph/tensor.ts";
import { readInputType } from "../layers/input.ts";
import type { Layer, LayerDefinition } from "../layers/layer.ts";
import * as table from "../layers/table.ts";
import { ConfigReader, type JsonObject } from "./config.ts";

/** One layer of a model; plain JSON. */
export interface LayerSpec {
  /** Unique within the model; must hold neither "/" nor "~", which state names use. */
  readonly name: string;
  /** A kind of layers/table.ts. */
  readonly kind: string;
  readonly config: JsonObject;
  /** Names of the layers it reads, all listed before it; empty for an input layer. */
  readonly inputs: readonly string[];
  /** Uses the parameters of that earlier layer of the same kind instead of its own. */
  readonly weightsOf?: string;
}

/** A model; plain JSON. Any acyclic wiring, several inputs and outputs. */
export interface ModelSpec {
  readonly name: string;
  readonly layers: readonly LayerSpec[];
  /** Names of the input layers, in the order in which data is given. */
  readonly inputs: readonly string[];
  /** Names of the layers whose values are results, in order. */
  readonly outputs: readonly string[];
}

/** A checked layer: configured, with the shapes of one sample. */
export interface ResolvedLayer {
  readonly spec: LayerSpec;
  readonly layer: Layer;
  /** False if the optimizer must leave its parameters alone (option `trainable: false`, known to every layer). */
  readonly isTrainable: boolean;
  /** Type of one sample of the result; only input layers have a dtype other than f32. */
  readonly output: TensorType;
}

/** Layer kinds that a model can use. */
export const layerKinds: readonly string[] = Object.keys(table);

const definitions: Readonly<Record<string, LayerDefinition>> = table;

/**
 * Checks a model and works out the shape of every layer.
 *
 * @throws {ModelError} naming the layer: unknown kind or option, unknown or later input, inputs that do not fit
 */
export function resolveModel(spec: ModelSpec): ResolvedLayer[] {
  const resolved = new Map<string, ResolvedLayer>();
  for (const layer of spec.layers) {
    if (resolved.has(layer.name)) {
      throw new ModelError(`${where(layer)}: layer names must be unique, got it twice`);
    }
    resolved.set(layer.name, resolveLayer(layer, resolved));
  }
  checkPorts(spec, resolved);
  return [...resolved.values()];
}

/** Runs the code of a layer; shape errors come out as errors of the model that name the layer. */
export function inLayer<T>(layer: LayerSpec, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new ModelError(`${where(layer)}: ${error.message}`, { cause: error });
  }
}

function where(layer: LayerSpec): string {
  return `layer "${layer.name}" (${layer.kind})`;
}

function resolveLayer(spec: LayerSpec, earlier: ReadonlyMap<string, ResolvedLayer>): ResolvedLayer {
  if (spec.name === "" || /[/~]/.test(spec.name)) {
    throw new ModelError(
      `${where(spec)}: layer names must be non-empty and without "/" and "~", got "${spec.name}"`,
    );
  }
  const { layer, isTrainable, inputType } = configureLayer(spec);
  const inputs = spec.inputs.map((name) => {
    const found = earlier.get(name);
    if (found === undefined) {
      throw new ModelError(`${where(spec)}: inputs must name layers listed before, got "${name}"`);
    }
    return found.output;
  });
  checkSharing(spec, earlier);
  checkArity(spec, layer);
  const shape = inLayer(spec, () => layer.inferShape(inputShapes(spec, inputs)));
  return { spec, layer, isTrainable, output: inputType ?? { dtype: "f32", shape } };
}

function configureLayer(spec: LayerSpec): {
  layer: Layer;
  isTrainable: boolean;
  inputType?: TensorType;
} {
  const definition = Object.hasOwn(definitions, spec.kind) ? definitions[spec.kind] : undefined;
  if (definition === undefined) {
    const kinds = [...layerKinds].sort().join(", ");
    throw new ModelError(
      `layer "${spec.name}": kind must be one of ${kinds}, got ${JSON.stringify(spec.kind)}`,
    );
  }
  const read = new ConfigReader(where(spec), spec.config, (message) => new ModelError(message));
  try {
    const isTrainable = read.flag("trainable", true);
    const layer = definition.configure(read);
    read.finish();
    if (spec.kind !== "input") return { layer, isTrainable };
    return { layer, isTrainable, inputType: readInputType(read) };
  } catch (error) {
    // Options that are parts of their own (initializers, activations) speak for themselves; say whose they are.
    if (!(error instanceof FastGpuError) || error instanceof ModelError) throw error;
    const { message } = error;
    const named = message.startsWith(where(spec)) ? message : `${where(spec)}: ${message}`;
    throw new ModelError(named, { cause: error });
  }
}

/** An input layer reads nothing; its shape rule gets a placeholder. */
function inputShapes(spec: LayerSpec, inputs: readonly TensorType[]): Shape[] {
  return spec.kind === "input" ? [[]] : inputs.map((type) => type.shape);
}

function checkArity(spec: LayerSpec, layer: Layer): void {
  const isInput = spec.kind === "input";
  const { min, max } = isInput ? { min: 0, max: 0 } : (layer.arity ?? { min: 1, max: 1 });
  const count = spec.inputs.length;
  if (count >= min && count <= max) return;
  const expected =
    min === max ? String(min) : max === Infinity ? `${min} or more` : `${min}-${max}`;
  throw new ModelError(`${where(spec)}: must have ${expected} inputs, got ${count}`);
}

function checkSharing(spec: LayerSpec, earlier: ReadonlyMap<string, ResolvedLayer>): void {
  if (spec.weightsOf === undefined) return;
  const owner = earlier.get(spec.weightsOf);
  if (owner?.spec.kind === spec.kind && owner.spec.weightsOf === undefined) return;
  throw new ModelError(
    `${where(spec)}: weightsOf must name an earlier ${spec.kind} layer with its own weights, got "${spec.weightsOf}"`,
  );
}

function checkPorts(spec: ModelSpec, layers: ReadonlyMap<string, ResolvedLayer>): void {
  const inputLayers = spec.layers.filter((layer) => layer.kind === "input").map(({ name }) => name);
  const given = JSON.stringify(spec.inputs);
  const isComplete =
    inputLayers.length === spec.inputs.length &&
    new Set(spec.inputs).size === spec.inputs.length &&
    inputLayers.every((name) => spec.inputs.includes(name));
  if (!isComplete || inputLayers.length === 0) {
    throw new ModelError(
      `model "${spec.name}": inputs must name every input layer once, got ${given} for layers ${JSON.stringify(inputLayers)}`,
    );
  }
  const unknown = spec.outputs.filter((name) => !layers.has(name));
  const isRepeated = new Set(spec.outputs).size !== spec.outputs.length;
  if (spec.outputs.length === 0 || unknown.length > 0 || isRepeated) {
    throw new ModelError(
      `model "${spec.name}": outputs must name one or more different layers, got ${JSON.stringify(spec.outputs)}`,
    );
  }
}
