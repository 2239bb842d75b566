// Training steps as programs of the suite: the model, its data and its first state from fixed seeds.
import {
  initialTrainState,
  resolveModel,
  toReferences,
  trainStep,
  type JsonObject,
  type LayerSpec,
  type ModelSpec,
  type RefMap,
  type RefTensor,
  type TrainOptions,
  type TrainStep,
} from "@fastgpu/core";
import { sampleTensor } from "@fastgpu/core/reference";
import type { Program } from "../program-case.ts";

/** A layer of a chain: kind and options. */
export type Link = readonly [kind: string, config?: JsonObject];

/**
 * A chain of layers after one input.
 *
 * @param shape - of one sample
 */
export function chainModel(
  shape: readonly number[],
  links: readonly Link[],
  dtype = "f32",
): ModelSpec {
  const layers = links.map(([kind, config = {}], i): LayerSpec => {
    const before = i === 0 ? "input" : `layer_${i - 1}`;
    return { name: `layer_${i}`, kind, config, inputs: [before] };
  });
  const input: LayerSpec = { name: "input", kind: "input", config: { shape, dtype }, inputs: [] };
  const last = layers.at(-1) ?? input;
  return { name: "chain", layers: [input, ...layers], inputs: ["input"], outputs: [last.name] };
}

/** Targets that suit a loss. */
export type Targets = "any" | "oneHot" | "labels" | "binary" | "signs";

/** Data of one step: inputs that the model accepts and targets that the loss accepts. */
export function sampleBatch(
  spec: ModelSpec,
  batch: number,
  targets: Targets,
  seed: number,
): { x: RefTensor; y: RefTensor } {
  const resolved = resolveModel(spec);
  const typeOf = (name: string): { dtype: RefTensor["dtype"]; shape: readonly number[] } => {
    const { dtype, shape } = resolved.find((layer) => layer.spec.name === name)?.output ?? {
      dtype: "f32",
      shape: [],
    };
    return { dtype, shape: [batch, ...shape] };
  };
  const input = typeOf(spec.inputs[0] ?? "");
  const range = input.dtype === "i32" ? { low: 0, high: 5 } : undefined;
  const x = sampleTensor(input, seed, range);
  const { shape } = typeOf(spec.outputs[0] ?? "");
  return { x, y: sampleTargets(shape, targets, seed + 1) };
}

function sampleTargets(shape: readonly number[], targets: Targets, seed: number): RefTensor {
  const classes = shape.at(-1) ?? 1;
  if (targets === "any") return sampleTensor({ dtype: "f32", shape }, seed);
  const rows = shape.slice(0, -1);
  const labels = sampleTensor({ dtype: "i32", shape: rows }, seed, { low: 0, high: classes });
  if (targets === "labels") return labels;
  if (targets === "oneHot") {
    const data = Float64Array.from({ length: labels.data.length * classes }, (_, i) =>
      labels.data[Math.floor(i / classes)] === i % classes ? 1 : 0,
    );
    return { dtype: "f32", shape, data };
  }
  const coins = sampleTensor({ dtype: "bool", shape }, seed).data;
  return { dtype: "f32", shape, data: targets === "signs" ? coins.map((v) => 2 * v - 1) : coins };
}

/** What a training program is made of. */
export interface TrainProgramOptions {
  readonly spec: ModelSpec;
  readonly options: TrainOptions;
  readonly targets?: Targets;
  /** Consecutive runs, each on data of its own. */
  readonly runs?: number;
}

/** A training program with its data. */
export function trainProgram(source: TrainProgramOptions): Program & { readonly step: TrainStep } {
  const { spec, options, targets = "any", runs = 2 } = source;
  const step = trainStep(spec, options);
  const feeds = Array.from({ length: runs }, (_, i): RefMap =>
    sampleBatch(spec, options.batch, targets, 100 + 10 * i),
  );
  const state = toReferences(initialTrainState(step, 5));
  return { step, graph: step.graph, runs: feeds, state };
}
