// Runs one layer on sampled numbers, checks its gradient on the way, and gives tests what they need to work out the
// result by another method.
import { expect } from "vitest";
import { verifyGraph } from "../src/graph/verify.ts";
import { graphFromJson, graphToJson } from "../src/graph/json.ts";
import { printGraph } from "../src/graph/print.ts";
import type { JsonObject } from "../src/model/config.ts";
import { lowerModel } from "../src/model/lower.ts";
import type { ModelSpec } from "../src/model/spec.ts";
import type { RefTensor } from "../src/ops/op.ts";
import { evaluate, type RefMap } from "../src/reference/evaluate.ts";
import { checkGradient } from "../src/reference/gradient-check.ts";
import { sampleInputs, sampleState, type SampleRange } from "../src/reference/sample.ts";

/** How to run a layer. */
export interface LayerRunOptions {
  readonly batch?: number;
  readonly mode?: "training" | "inference";
  readonly dtype?: "f32" | "i32";
  /** Ranges of sampled numbers by input (`x`, `x/in1`) or parameter name. */
  readonly ranges?: Readonly<Record<string, SampleRange>>;
  /** Leaves the gradient unchecked, for layers with none or with kinks everywhere. */
  readonly skipsGradient?: boolean;
}

/** What a layer was given and made of it. */
export interface LayerRun {
  readonly inputs: readonly RefTensor[];
  /** By name within the layer, such as `kernel`. */
  readonly parameters: RefMap;
  readonly output: RefTensor;
  /** Parameters after the run. */
  readonly next: RefMap;
}

/** A model of one layer, called `it`, on inputs of the given sample shapes. */
export function layerModel(
  kind: string,
  config: JsonObject,
  shapes: readonly (readonly number[])[],
  dtype: "f32" | "i32" = "f32",
): ModelSpec {
  const inputs = shapes.map((_, i) => `in${i}`);
  return {
    name: kind,
    layers: [
      ...shapes.map((shape, i) => ({
        name: `in${i}`,
        kind: "input",
        config: { shape: [...shape], dtype },
        inputs: [],
      })),
      { name: "it", kind, config, inputs },
    ],
    inputs,
    outputs: ["it"],
  };
}

/** Runs a layer and checks its gradient against differences, and that its graph survives JSON. */
export function runLayer(
  kind: string,
  config: JsonObject,
  shapes: readonly (readonly number[])[],
  options: LayerRunOptions = {},
): LayerRun {
  const { batch = 2, mode = "inference", dtype = "f32", ranges = {} } = options;
  const { graph } = lowerModel(layerModel(kind, config, shapes, dtype), { batch, mode, seed: 7 });
  verifyGraph(graph);
  expect(printGraph(graphFromJson(graphToJson(graph)))).toBe(printGraph(graph));
  const inputs = sampleInputs(graph, 1, ranges);
  const long = Object.fromEntries(
    Object.entries(ranges).map(([name, range]) => [`it/${name}`, range]),
  );
  const state = sampleState(graph, 2, long);
  if (options.skipsGradient !== true) {
    expect(checkGradient(graph, inputs, { state }).faults).toEqual([]);
  }
  const run = evaluate(graph, inputs, state);
  const short = (values: RefMap): RefMap =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name.replace("it/", ""), value]),
    );
  return {
    inputs: graph.inputs.map(({ name }) => inputs[name]!),
    parameters: short(state),
    output: run.outputs["it"]!,
    next: short(run.state),
  };
}

/** Shapes equal and elements within a relative error of 1e-12, or one that covers constants rounded to f32. */
export function expectTensor(
  actual: RefTensor,
  expected: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  tolerance = 1e-12,
): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.data.length).toBe(expected.data.length);
  Array.from(expected.data).forEach((value, i) => {
    const error = Math.abs(actual.data[i]! - value) / Math.max(1, Math.abs(value));
    expect(error, `element ${i}: ${actual.data[i]}, expected ${value}`).toBeLessThanOrEqual(
      tolerance,
    );
  });
}
