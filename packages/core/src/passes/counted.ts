// What depends on the number of a step alone, such as a learning rate, for all steps of an unrolled program at once: an
// engine that runs node by node then pays for these nodes once and not in every step.
import { GraphError } from "../errors.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import { isOpNode, type Graph, type GraphNode } from "../graph/graph.ts";
import { tensorFrom, toNumbers } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { elementwiseOps } from "./algebra/broadcasting.ts";
import { emitOp, type Visit } from "./rewrite.ts";

/** Fewer such nodes do not pay for taking the results apart again. */
const minNodes = 4;

/** A scalar i32 slot that grows by the same number in every step. */
interface Counter {
  readonly node: GraphNode;
  readonly slot: string;
  readonly increment: number;
}

/**
 * Values [steps] of the scalar nodes that depend on counters and constants alone, by the node's id in `graph`; none if
 * there are too few. Appends their nodes to the builder.
 */
export function countedValues(
  graph: Graph,
  steps: number,
  builder: GraphBuilder,
): ReadonlyMap<number, Value> {
  const counters = countersOf(graph);
  const nodes = countedNodes(graph, counters);
  const values = new Map<number, Value>();
  if (steps === 1 || nodes.length < minNodes) return values;
  // Slots keep the order in which the graph names them.
  for (const { name, node } of graph.state) {
    const type = graph.nodes[node]?.type;
    if (type !== undefined) builder.state(name, type.dtype, type.shape);
  }
  const operands = new Map<number, Value>();
  for (const counter of counters) {
    const { dtype } = counter.node.type;
    const passed = Array.from({ length: steps }, (_, step) => step * counter.increment);
    const start = builder.state(counter.slot, dtype, []);
    const shifts = builder.constant(tensorFrom(dtype, [steps], passed));
    operands.set(counter.node.id, builder.op("add", [start, shifts], {}));
  }
  for (const node of nodes) {
    const emit = (): Value => {
      const inputs = node.inputs.map((id) => operands.get(id) ?? constantAt(graph, id, builder));
      return emitOp(builder, node, inputs);
    };
    const value = node.scope === undefined ? emit() : builder.within(node.scope, emit);
    operands.set(node.id, value);
    values.set(node.id, value);
  }
  return values;
}

function countersOf(graph: Graph): Counter[] {
  return graph.state.flatMap(({ name, node: id, next }) => {
    const node = graph.nodes[id];
    const sum = next === undefined ? undefined : graph.nodes[next];
    if (node === undefined || node.type.shape.length > 0 || node.type.dtype !== "i32") return [];
    if (sum === undefined || !isOpNode(sum) || sum.op !== "add") return [];
    const others = sum.inputs.filter((input) => input !== id).map((input) => graph.nodes[input]);
    const [constant] = others;
    if (others.length !== 1 || constant?.op !== "constant" || constant.type.shape.length > 0) {
      return [];
    }
    return [{ node, slot: name, increment: toNumbers(constant.value)[0] ?? 0 }];
  });
}

function countedNodes(graph: Graph, counters: readonly Counter[]): Visit["node"][] {
  const counted = new Set(counters.map(({ node }) => node.id));
  return graph.nodes.filter((node): node is Visit["node"] => {
    if (!isOpNode(node) || !elementwiseOps.has(node.op) || node.type.shape.length > 0) return false;
    const isConstant = (id: number): boolean => graph.nodes[id]?.op === "constant";
    const isCounted =
      node.inputs.some((id) => counted.has(id)) &&
      node.inputs.every((id) => counted.has(id) || isConstant(id));
    if (isCounted) counted.add(node.id);
    return isCounted;
  });
}

function constantAt(graph: Graph, id: number, builder: GraphBuilder): Value {
  const node = graph.nodes[id];
  if (node?.op !== "constant")
    throw new GraphError(`unroll: node ${id} must be a constant, got ${node?.op}`);
  return builder.constant(node.value);
}
