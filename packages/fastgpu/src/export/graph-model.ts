// A model in the graph format of TensorFlow.js, for any batch: the forward graph is lowered for two batch sizes, and the sizes
// that differ are left open.
import {
  inlineComposites,
  isOpNode,
  lowerModel,
  ModelError,
  UnsupportedOpError,
  type DType,
  type Graph,
  type GraphNode,
  type JsonObject,
  type ModelSpec,
  type OpName,
  type TensorMap,
} from "@fastgpu/core";
import type { ModelArtifacts } from "./artifacts.ts";
import type { Operand, Rule } from "./graph-rule.ts";
import { compositeRules, primitiveRules } from "./graph-rules.ts";
import { GraphWriter, shapeAttr, typeAttr } from "./graph-writer.ts";

/** Batches that no other size of a model is likely to be; what differs between them is the batch. */
const batches = [1009, 1013] as const;

const rules: Readonly<Record<string, Rule<OpName> | undefined>> = {
  ...primitiveRules,
  ...compositeRules,
};

/**
 * Writes the model's inference graph.
 *
 * @param state - parameters and statistics by name
 * @throws {UnsupportedOpError} naming the layer and the op that graph models do not have
 */
export function graphModel(model: ModelSpec, state: TensorMap): ModelArtifacts {
  const [graph, other] = batches.map((batch) => forward(model, batch)) as [Graph, Graph];
  const writer = new GraphWriter();
  const values: Operand[] = [];
  for (const node of graph.nodes) {
    const { dtype } = node.type;
    // Sizes of the other graph are the same but where the batch is in them.
    const sizes = other.nodes[node.id]?.type.shape ?? [];
    const shape = node.type.shape.map((size, axis) => (size === sizes[axis] ? size : -1));
    const output = { dtype, shape };
    values.push({ ...output, name: nameOf(node, output, values, { writer, state }) });
  }
  const port = (node: number): Operand => {
    const value = values[node];
    if (value === undefined) throw new ModelError(`export: node ${node} must be in the graph`);
    return value;
  };
  const outputs = graph.outputs.map(({ name, node }) => {
    const { name: source, dtype } = port(node);
    return writer.named(outputName(name, graph), "Identity", [source], { T: typeAttr(dtype) });
  });
  const { node, weights } = writer.finish(outputs);
  return {
    format: "graph-model",
    modelTopology: {
      node: node.map((one) => ({ ...one })),
      library: {},
      versions: { producer: 1, minConsumer: 1 },
    },
    weights,
    signature: {
      inputs: signature(graph.inputs.map(({ name, node: id }) => [name, port(id)])),
      outputs: signature(graph.outputs.map(({ node: id }, i) => [outputs[i] ?? "", port(id)])),
    },
  };
}

function forward(model: ModelSpec, batch: number): Graph {
  const { graph } = lowerModel(model, { batch, mode: "inference" });
  return inlineComposites(graph, (op) => !Object.hasOwn(compositeRules, op));
}

/** A result that has the name of an input gets another one. */
function outputName(name: string, graph: Graph): string {
  return graph.inputs.some((input) => input.name === name) ? `${name}/output` : name;
}

function nameOf(
  node: GraphNode,
  output: Omit<Operand, "name">,
  values: readonly Operand[],
  { writer, state }: { readonly writer: GraphWriter; readonly state: TensorMap },
): string {
  const refuse = (rule: string, got: string): never => {
    throw new UnsupportedOpError(
      `export: layer "${node.scope ?? ""}" (${node.op}): ${rule} for tfjs-graph, got ${got}`,
    );
  };
  if (node.op === "input") {
    const attr = { dtype: typed(output.dtype), shape: shapeAttr(output.shape) };
    return writer.named(node.attrs.name, "Placeholder", [], attr);
  }
  if (node.op === "constant") return writer.constant(node.value);
  if (node.op === "state") {
    const value = state[node.attrs.name];
    if (value !== undefined) return writer.constant(value);
    throw new ModelError(`export: parameter "${node.attrs.name}" must be in the state, got none`);
  }
  if (!isOpNode(node)) return refuse("node must be an op", "another");
  const rule = rules[node.op];
  if (rule === undefined) return refuse("op must be one that graph models have", node.op);
  const inputs = node.inputs.map((id) => values[id]).filter((value) => value !== undefined);
  // Rule and attributes come from one node, which the union over all ops cannot express.
  return rule({ attrs: node.attrs as never, inputs, output, writer, refuse });
}

function typed(dtype: DType): JsonObject {
  const attr = typeAttr(dtype);
  if (attr !== undefined) return attr;
  throw new UnsupportedOpError(
    `export: inputs must be f32, i32 or bool for tfjs-graph, got ${dtype}`,
  );
}

/** Ports with the types that they are promised to have. */
function signature(ports: readonly (readonly [string, Operand])[]): JsonObject {
  return Object.fromEntries(
    ports.map(([name, { dtype, shape }]) => [
      name,
      { name: `${name}:0`, dtype: typed(dtype)["type"], tensorShape: shapeAttr(shape)["shape"] },
    ]),
  );
}
