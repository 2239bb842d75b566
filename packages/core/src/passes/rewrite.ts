// The shared walk of graph -> graph passes: copies a graph node by node into a new builder, a rule deciding per node.
import { GraphBuilder } from "../graph/builder.ts";
import {
  isOpNode,
  type ConstantNode,
  type Graph,
  type GraphNode,
  type InputNode,
  type OpName,
  type StateNode,
} from "../graph/graph.ts";
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

/** Rules for the nodes that do not compute, and which nodes to copy at all. */
export interface CopyRules {
  readonly op?: RewriteRule;
  /** Replaces an input, a state slot or a constant; `undefined` copies it. */
  readonly leaf?: (
    node: InputNode | StateNode | ConstantNode,
    builder: GraphBuilder,
  ) => Value | undefined;
  /** False leaves the node out; nothing that is copied may use it. Default: all are copied. */
  readonly keep?: (node: GraphNode) => boolean;
}

/** A copy under construction: the new builder and the new value of each old node. */
export interface Copy {
  readonly builder: GraphBuilder;
  /** New value of the old node `id`. */
  readonly at: (id: number) => Value;
}

/** Copies the nodes of a graph, without outputs and next states: for passes that add to the graph. */
export function copyNodes(
  graph: Graph,
  rules: RewriteRule | CopyRules = {},
  builder: GraphBuilder = new GraphBuilder(graph.name),
): Copy {
  const { op, leaf, keep }: CopyRules = typeof rules === "function" ? { op: rules } : rules;
  const values: (Value | undefined)[] = [];
  const at = (id: number): Value => {
    const value = values[id];
    if (value === undefined)
      throw new GraphError(`graph ${graph.name}: node ${id} must come before its use`);
    return value;
  };
  for (const node of graph.nodes) {
    const copy = (): Value =>
      isOpNode(node) ? copyOp(builder, node, at, op) : copyLeaf(builder, node, leaf);
    if (keep?.(node) === false) values.push(undefined);
    else values.push(node.scope === undefined ? copy() : builder.within(node.scope, copy));
  }
  return { builder, at };
}

/** Copies a whole graph, each node through the rules. Ports and slots that are kept keep their names and order. */
export function rewrite(graph: Graph, rules: RewriteRule | CopyRules): Graph {
  const copy = copyNodes(graph, rules);
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

/** Appends the node as it is, with operands of the builder's graph. */
export function emitOp(
  builder: GraphBuilder,
  node: Visit["node"],
  inputs: readonly Value[],
): Value {
  // A node's op and attrs belong together, which the union over all ops cannot express to `op`.
  return builder.op(node.op, inputs, node.attrs as never);
}

function copyOp(
  builder: GraphBuilder,
  node: Visit["node"],
  at: (id: number) => Value,
  rule: RewriteRule | undefined,
): Value {
  const inputs = node.inputs.map(at);
  return rule?.({ node, inputs, builder }) ?? emitOp(builder, node, inputs);
}

function copyLeaf(
  builder: GraphBuilder,
  node: InputNode | StateNode | ConstantNode,
  rule: CopyRules["leaf"],
): Value {
  const replaced = rule?.(node, builder);
  if (replaced !== undefined) return replaced;
  const { dtype, shape } = node.type;
  if (node.op === "input") return builder.input(node.attrs.name, dtype, shape);
  if (node.op === "state") return builder.state(node.attrs.name, dtype, shape);
  return builder.constant(node.value);
}
