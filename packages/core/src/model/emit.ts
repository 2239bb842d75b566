// Emits a model's forward pass into a graph under construction; shared by inference, evaluation and training programs.
import { ModelError } from "../errors.ts";
import { concat, reshape } from "../functional.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { GraphNode } from "../graph/graph.ts";
import { formatType, tensorFrom, type TensorType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { hashName } from "../initializers/random-stream.ts";
import type { LayerContext, LogitActivation, ParameterOptions } from "../layers/layer.ts";
import type { Reduce } from "../parallel/strategy.ts";
import { threefry2x32 } from "../random/threefry.ts";
import { defaultFans, type ParameterInfo } from "./parameters.ts";
import { inLayer, resolveModel, type ModelSpec, type ResolvedLayer } from "./spec.ts";
import type { StateViews } from "./state-views.ts";

/** Name of the state slot that counts finished steps, i32 []. */
export const stepSlot = "step";

/** What a forward pass needs to know beyond the model. */
export interface EmitOptions {
  /** Samples per run, >= 1. */
  readonly batch: number;
  readonly isTraining: boolean;
  /** Seed of dropout masks; default 0. */
  readonly seed?: number;
  /** Rows of all devices that share the batch; default: `batch`. */
  readonly globalBatch?: number;
  /** Position of the first of this program's rows among those; default 0. */
  readonly firstRow?: number;
  /** Sum over the devices that share the batch, for batch statistics; default: one device. */
  readonly reduceStatistic?: Reduce;
}

/** A result of the model. */
export interface ModelOutput {
  /** Name of the layer. */
  readonly name: string;
  /** [batch, ...shape]. */
  readonly value: Value;
  /** The value is softmax(logits) over the last axis or sigmoid(logits). */
  readonly logits?: Logits;
}

/** What a final activation was applied to. */
export interface Logits {
  readonly activation: LogitActivation;
  readonly value: Value;
}

/** The borders of an emitted model. */
export interface EmittedModel {
  readonly inputs: readonly { readonly name: string; readonly value: Value }[];
  readonly outputs: readonly ModelOutput[];
}

/**
 * Name of the graph input for an input layer: `x`, or `x/<layer>` if the model has several. Likewise `y` for targets.
 */
export function portName(kind: "x" | "y", names: readonly string[], name: string): string {
  return names.length === 1 ? kind : `${kind}/${name}`;
}

/**
 * Emits the forward pass. Parameters are read from `views`; while training, new statistics are written to it.
 *
 * @throws {ModelError} if the model is inconsistent
 */
export function emitModel(
  builder: GraphBuilder,
  spec: ModelSpec,
  views: StateViews,
  options: EmitOptions,
): EmittedModel {
  if (!Number.isSafeInteger(options.batch) || options.batch < 1) {
    throw new ModelError(
      `model "${spec.name}": batch must be an integer >= 1, got ${options.batch}`,
    );
  }
  const values = new Map<string, Value>();
  const logits = new Map<number, Logits>();
  for (const resolved of resolveModel(spec)) {
    const { spec: layer } = resolved;
    const emitLayer = (): Value => {
      if (layer.kind === "input") return emitInput(builder, spec, resolved, options.batch);
      const inputs = layer.inputs.map((name) => need(values, name));
      const context = layerContext(builder, resolved, views, options, logits);
      return resolved.layer.build(context, inputs);
    };
    const value = inLayer(layer, () => builder.within(layer.name, emitLayer));
    checkType(resolved, value, options.batch);
    values.set(layer.name, value);
  }
  return {
    inputs: spec.inputs.map((name) => ({ name, value: need(values, name) })),
    outputs: spec.outputs.map((name) => {
      const value = need(values, name);
      const found = logits.get(value.id);
      return found === undefined ? { name, value } : { name, value, logits: found };
    }),
  };
}

/** True for the nodes that a model consists of; the model must have been the last that was emitted. */
export function nodesUpTo({ outputs }: EmittedModel): (node: GraphNode) => boolean {
  const last = Math.max(...outputs.map(({ value }) => value.id));
  return ({ id }) => id <= last;
}

function emitInput(
  builder: GraphBuilder,
  spec: ModelSpec,
  { spec: layer, output }: ResolvedLayer,
  batch: number,
): Value {
  const name = portName("x", spec.inputs, layer.name);
  return builder.input(name, output.dtype, [batch, ...output.shape]);
}

/** Guards against a layer whose shape rule and nodes disagree. */
function checkType({ spec, output }: ResolvedLayer, value: Value, batch: number): void {
  const expected: TensorType = { dtype: output.dtype, shape: [batch, ...output.shape] };
  if (formatType(expected) === formatType(value.type)) return;
  throw new ModelError(
    `layer "${spec.name}" (${spec.kind}): result must be ${formatType(expected)}, got ${formatType(value.type)}`,
  );
}

function layerContext(
  builder: GraphBuilder,
  { spec, isTrainable }: ResolvedLayer,
  views: StateViews,
  options: EmitOptions,
  logits: Map<number, Logits>,
): LayerContext {
  const owner = spec.weightsOf ?? spec.name;
  let keys = 0;
  return {
    layer: spec.name,
    isTraining: options.isTraining,
    batch: options.batch,
    globalBatch: options.globalBatch ?? options.batch,
    firstRow: options.firstRow ?? 0,
    parameter: (name, shape, parameter) =>
      views.read(parameterInfo(`${owner}/${name}`, shape, parameter, isTrainable)),
    statistic: (name, shape, initial) =>
      views.read(statisticInfo(`${owner}/${name}`, shape, initial)),
    updateStatistic: (name, next) => {
      if (options.isTraining) views.write(`${owner}/${name}`, next);
    },
    sumOverDevices: (name, value) =>
      options.reduceStatistic?.(value, `${spec.name}/${name}`) ?? value,
    randomKey: () => randomKey(builder, `${spec.name}/${keys++}`, options),
    noteLogits: (output, activation, value) => {
      logits.set(output.id, { activation, value });
    },
  };
}

function parameterInfo(
  name: string,
  shape: readonly number[],
  { initializer, regularizer, isDecayed = true, fans }: ParameterOptions,
  isTrainable: boolean,
): ParameterInfo {
  const tensor = { shape, ...(fans ?? defaultFans(shape)) };
  const info = {
    name,
    shape,
    role: "parameter" as const,
    isTrainable,
    isDecayed,
    initialize: (random: Parameters<typeof initializer>[1]) => initializer(tensor, random),
  };
  return regularizer === undefined ? info : { ...info, penalty: regularizer };
}

function statisticInfo(name: string, shape: readonly number[], initial: number): ParameterInfo {
  const size = shape.reduce((product, length) => product * length, 1);
  return {
    name,
    shape,
    role: "statistic",
    isTrainable: false,
    isDecayed: false,
    initialize: () => new Float64Array(size).fill(initial),
  };
}

/**
 * Key i32[2] of one random mask: (hash of seed and place, number of the step). The cipher makes keys that differ in one
 * bit independent, so every step and layer has its own mask.
 */
function randomKey(builder: GraphBuilder, place: string, options: EmitOptions): Value {
  const [word] = threefry2x32([(options.seed ?? 0) >>> 0, hashName(place)], [0, 0]);
  const fixed = builder.constant(tensorFrom("i32", [1], [word | 0]));
  const step = reshape(builder.state(stepSlot, "i32", []), [1]);
  return concat([fixed, step], 0);
}

function need(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new ModelError(`layer "${name}": must be listed before its use`);
  return value;
}
