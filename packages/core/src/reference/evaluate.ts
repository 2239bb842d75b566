// The float64 reference interpreter: runs a graph node by node with each op's own `evaluate`. The oracle of conformance.
import { GraphError } from "../errors.ts";
import { primitiveOf } from "../graph/definitions.ts";
import { inlineComposites } from "../passes/inline.ts";
import type { Graph, GraphNode } from "../graph/graph.ts";
import { isOpNode } from "../graph/graph.ts";
import { formatType, toNumbers, type HostTensor, type TensorMap } from "../graph/tensor.ts";
import type { RefTensor } from "../ops/op.ts";

/** Reference tensors by name. */
export type RefMap = Readonly<Record<string, RefTensor>>;

/** What one evaluation yields. */
export interface Evaluation {
  readonly outputs: RefMap;
  /** Every state slot after the run, changed or not. */
  readonly state: RefMap;
}

/** A host tensor as a reference tensor. */
export function toReference(value: HostTensor): RefTensor {
  return { dtype: value.dtype, shape: value.shape, data: toNumbers(value) };
}

/** All tensors of a map as reference tensors. */
export function toReferences(values: TensorMap): Record<string, RefTensor> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, toReference(value)]),
  );
}

/**
 * Evaluates a graph once in float64.
 *
 * @param inputs - a tensor for every graph input
 * @param state - a tensor for every state slot
 * @throws {GraphError} if a tensor is missing or has another type than the graph says
 */
export function evaluate(graph: Graph, inputs: RefMap, state: RefMap = {}): Evaluation {
  const flat = inlineComposites(graph);
  const values: RefTensor[] = [];
  for (const node of flat.nodes) values.push(evaluateNode(node, values, inputs, state));
  const at = (id: number): RefTensor => required(values[id], `node ${id}`);
  return {
    outputs: Object.fromEntries(flat.outputs.map((port) => [port.name, at(port.node)])),
    state: Object.fromEntries(flat.state.map((slot) => [slot.name, at(slot.next ?? slot.node)])),
  };
}

/** Evaluates one node from the values of the nodes before it. */
export function evaluateNode(
  node: GraphNode,
  values: readonly RefTensor[],
  inputs: RefMap,
  state: RefMap,
): RefTensor {
  if (node.op === "input")
    return given(inputs[node.attrs.name], node, `input "${node.attrs.name}"`);
  if (node.op === "state") return given(state[node.attrs.name], node, `state "${node.attrs.name}"`);
  if (node.op === "constant") return toReference(node.value);
  if (!isOpNode(node))
    throw new GraphError(`evaluate: node must be known, got ${JSON.stringify(node)}`);
  const operands = node.inputs.map((id) => required(values[id], `node ${id}`));
  const data = primitiveOf(node.op).evaluate(operands, node.attrs, node.type);
  return { ...node.type, data };
}

function given(value: RefTensor | undefined, node: GraphNode, what: string): RefTensor {
  const found = required(value, what);
  if (formatType(found) !== formatType(node.type)) {
    throw new GraphError(
      `evaluate: ${what} must be ${formatType(node.type)}, got ${formatType(found)}`,
    );
  }
  return found;
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new GraphError(`evaluate: ${what} must be given, got none`);
  return value;
}
