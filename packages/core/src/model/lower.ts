// A model specification becomes a forward graph with its parameters as state.
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/graph.ts";
import type { TensorMap } from "../graph/tensor.ts";
import { emitModel } from "./emit.ts";
import { packState, plainLayout, type StateLayout } from "./layout.ts";
import { initializeParameters, type ParameterInfo } from "./parameters.ts";
import type { ModelSpec } from "./spec.ts";
import { stateViews } from "./state-views.ts";

/** How a model is lowered. */
export interface LowerOptions {
  /** Samples per run, >= 1. */
  readonly batch: number;
  /** In training, dropout drops, and batch statistics are used and followed. */
  readonly mode: "training" | "inference";
  /** Where parameters live; default: each in a slot of its own name. */
  readonly layout?: StateLayout;
  /** Seed of dropout masks; default 0. */
  readonly seed?: number;
}

/** A forward program: inputs `x` (or `x/<layer>`), outputs by layer name, parameters as state. */
export interface LoweredModel {
  readonly graph: Graph;
  readonly parameters: readonly ParameterInfo[];
  readonly layout: StateLayout;
}

/**
 * Lowers a model to its forward graph.
 *
 * @throws {ModelError} if the model is inconsistent; the message names the layer and the shapes
 */
export function lowerModel(spec: ModelSpec, options: LowerOptions): LoweredModel {
  const builder = new GraphBuilder(spec.name);
  const views = stateViews(builder, options.layout);
  const { outputs } = emitModel(builder, spec, views, {
    batch: options.batch,
    isTraining: options.mode === "training",
    seed: options.seed ?? 0,
  });
  for (const { name, value } of outputs) builder.output(name, value);
  views.commit();
  const parameters = [...views.parameters.values()];
  return { graph: builder.build(), parameters, layout: options.layout ?? plainLayout(parameters) };
}

/** The parameters and statistics of a model, in order of use. */
export function parametersOf(spec: ModelSpec): readonly ParameterInfo[] {
  return lowerModel(spec, { batch: 1, mode: "training" }).parameters;
}

/**
 * Parameters and statistics of a model at their start; the same for the same seed, whatever the layout.
 *
 * @param seed - any integer; its low 32 bits count
 * @param layout - packs the result; default: by parameter name
 */
export function initialState(spec: ModelSpec, seed: number, layout?: StateLayout): TensorMap {
  const values = initializeParameters(parametersOf(spec), seed);
  return layout === undefined ? values : packState(layout, values);
}
