// The borders of a compiled model: which tensors it takes and what is known of them beyond their type.
import {
  evalStep,
  ModelError,
  resolveModel,
  trainStep,
  type LayerSpec,
  type ModelSpec,
  type Shape,
  type DType,
} from "@fastgpu/core";
import type { Objective } from "./compile-options.ts";

/** One input or target. */
export interface ModelPortInfo {
  /** Name of the program's input: `x`, `y`, or with several `x/<layer>`, `y/<layer>`. */
  readonly port: string;
  /** Name of the input or output layer. */
  readonly layer: string;
  readonly dtype: DType;
  /** Shape of one row. */
  readonly row: Shape;
  /** Whole numbers must be in [0, limit): rows of an embedding, classes of a loss. */
  readonly limit?: number;
  /** True if class numbers can stand for rows of zeros and a one. */
  readonly acceptsClasses?: boolean;
}

/** Inputs and targets of a model under an objective. */
export interface Ports {
  readonly inputs: readonly ModelPortInfo[];
  readonly targets: readonly ModelPortInfo[];
}

/**
 * Builds a training step once, so that every mistake in the model and its objective shows, and reads off the ports.
 *
 * @throws {ModelError} naming the layer or output that does not fit
 * @throws {UsageError} for unknown names and options
 */
export function portsOf(spec: ModelSpec, objective: Objective): Ports {
  trainStep(spec, { ...objective, batch: 1 });
  const { graph } = evalStep(spec, { ...objective, batch: 1 });
  const inputs = inputPorts(spec);
  const sizes = outputSizes(spec);
  const targets = spec.outputs.map((layer): ModelPortInfo => {
    const port = spec.outputs.length === 1 ? "y" : `y/${layer}`;
    const node = graph.inputs.find(({ name }) => name === port)?.node;
    const type = node === undefined ? undefined : graph.nodes[node]?.type;
    if (type === undefined) {
      throw new ModelError(`output "${layer}": must have a target, got none`);
    }
    const { dtype } = type;
    const base = { port, layer, dtype, row: type.shape.slice(1) };
    if (dtype === "i32") return { ...base, limit: sizes.get(layer) ?? 0 };
    return { ...base, acceptsClasses: lossName(objective, layer).startsWith("categorical") };
  });
  return { inputs, targets };
}

/** The inputs of a model, with or without an objective. */
export function inputPorts(spec: ModelSpec): ModelPortInfo[] {
  const types = new Map(resolveModel(spec).map((layer) => [layer.spec.name, layer.output]));
  return spec.inputs.map((layer) => {
    const type = types.get(layer);
    if (type === undefined) throw new ModelError(`layer "${layer}": must exist, got none`);
    const port = spec.inputs.length === 1 ? "x" : `x/${layer}`;
    const limit = smallestTable(spec.layers, layer);
    const base = { port, layer, dtype: type.dtype, row: type.shape };
    return limit === undefined ? base : { ...base, limit };
  });
}

/** Rows of the smallest embedding that reads an input directly. */
function smallestTable(layers: readonly LayerSpec[], input: string): number | undefined {
  const rows = layers
    .filter(({ kind, inputs }) => kind === "embedding" && inputs.includes(input))
    .map(({ config }) => Number(config["inputDim"]));
  return rows.length === 0 ? undefined : Math.min(...rows);
}

/** Classes of each output: the size of its last axis. */
function outputSizes(spec: ModelSpec): Map<string, number> {
  return new Map(
    resolveModel(spec).map(({ spec: { name }, output }) => [name, output.shape.at(-1) ?? 0]),
  );
}

function lossName({ loss }: Objective, output: string): string {
  const isPerOutput = typeof loss === "object" && "outputs" in loss;
  const named = isPerOutput
    ? (loss.outputs as Readonly<Record<string, unknown>>)[output]
    : (loss as unknown);
  if (typeof named === "string") return named;
  return typeof named === "object" && named !== null && "name" in named ? String(named.name) : "";
}
