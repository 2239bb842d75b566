// The shared walk of graph -> graph passes: copies a graph node by node into a new builder, a rule deciding per node.
import { GraphBuilder } from "../graph/builder.ts";
import { isOpNode, type Graph, type GraphNode, type OpName } from "../graph/graph.ts";
import { GraphError } from "../errors.ts";
import type { Value } from "../graph/value.ts";

/** A computing node together with its operands in the new graph. */
export interface Visit {
  readonly node: Extract<GraphNode, { readonly op: OpName }>;
  readonly inputs: readonly Value[];
  readonly builder: GraphBuilder;
}

/** Replaces a node by the returned value; `undefined` copies the node as it is. */
export type RewriteRule = (visit: Visit) => Value | undefined;

/** A copy under construction: the new builder and the new value of each old node. */
export interface Copy {
  readonly builder: GraphBuilder;
  /** New value of the old node `id`. */
  readonly at: (id: number) => Value;
}

/** Copies the nodes of a graph, without outputs and next states: for passes that add to the graph. */
export function copyNodes(graph: Graph, rule: RewriteRule = () => undefined): Copy {
  const builder = new GraphBuilder(graph.name);
  const values: Value[] = [];
  const at = (id: number): Value => {
    const value = values[id];
    if (value === undefined)
      throw new GraphError(`graph ${graph.name}: node ${id} must come before its use`);
    return value;
  };
  for (const node of graph.nodes) {
    const copy = (): Value => copyNode(builder, node, at, rule);
    values.push(node.scope === undefined ? copy() : builder.within(node.scope, copy));
  }
  return { builder, at };
}

/** Copies a whole graph, each computing node through `rule`. Ports and slots keep their names and order. */
export function rewrite(graph: Graph, rule: RewriteRule): Graph {
  const copy = copyNodes(graph, rule);
  copyPorts(graph, copy);
  return copy.builder.build();
}

/** Gives the copy the outputs and next states of the original. */
export function copyPorts(graph: Graph, { builder, at }: Copy): void {
  for (const port of graph.outputs) builder.output(port.name, at(port.node));
  for (const slot of graph.state) {
    if (slot.next !== undefined) builder.setNext(slot.name, at(slot.next));
  }
}

function copyNode(
  builder: GraphBuilder,
  node: GraphNode,
  at: (id: number) => Value,
  rule: RewriteRule,
): Value {
  if (node.op === "input") return builder.input(node.attrs.name, node.type.dtype, node.type.shape);
  if (node.op === "state") return builder.state(node.attrs.name, node.type.dtype, node.type.shape);
  if (node.op === "constant") return builder.constant(node.value);
  if (!isOpNode(node))
    throw new GraphError(`graph: node must be known, got ${JSON.stringify(node)}`);
  const inputs = node.inputs.map(at);
  // A node's op and attrs belong together, which the union over all ops cannot express to `op`.
  return rule({ node, inputs, builder }) ?? builder.op(node.op, inputs, node.attrs as never);
}
