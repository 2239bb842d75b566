// Checks every rule that a graph must keep, for graphs from files and after passes. Errors name the node and both types.
import { FastGpuError, GraphError } from "../errors.ts";
import { definitionOf, isComposite, isPrimitive } from "./definitions.ts";
import { allocate, dtypes } from "./dtype.ts";
import { isOpNode, type ConstantNode, type Graph, type GraphNode, type OpName } from "./graph.ts";
import { formatShape, sizeOf } from "./shape.ts";
import { formatType, type TensorType } from "./tensor.ts";

/** The largest tensor a graph may hold, in elements: what a 32-bit index reaches. */
const maxElements = 2 ** 31 - 1;

/**
 * Checks a graph, re-inferring the type of every node: ids, order of operands, known ops, types, constants, ports, state
 * slots and their next values.
 *
 * @throws {GraphError} for the first rule that does not hold; the cause is the type rule's own error where there is one
 */
export function verifyGraph(graph: Graph): void {
  graph.nodes.forEach((node, id) => {
    if (node.id !== id) fail(graph, `ids must count from 0, got ${node.id} at position ${id}`);
    verifyType(graph, node);
    if (isOpNode(node)) verifyOp(graph, node);
    else verifyLeaf(graph, node);
  });
  verifyPorts(graph);
  verifyState(graph);
}

/** `%5 matmul in "dense"`: how messages name a node. */
export function nameNode(node: Pick<GraphNode, "id" | "op" | "scope">): string {
  return `%${node.id} ${node.op}${node.scope === undefined ? "" : ` in "${node.scope}"`}`;
}

function verifyType(graph: Graph, node: GraphNode): void {
  const { dtype, shape } = node.type;
  const isShape =
    Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 0);
  if (!dtypes.includes(dtype) || !isShape) {
    fail(
      graph,
      `type of ${nameNode(node)} must be a dtype and sizes >= 0, got ${formatType(node.type)}`,
    );
  }
  if (sizeOf(shape) > maxElements) {
    fail(
      graph,
      `${nameNode(node)} must have at most ${maxElements} elements, got ${formatShape(shape)}`,
    );
  }
}

function verifyOp(graph: Graph, node: Extract<GraphNode, { readonly op: OpName }>): void {
  if (!isPrimitive(node.op) && !isComposite(node.op)) {
    fail(graph, `op of %${(node as GraphNode).id} must be known, got "${String(node.op)}"`);
  }
  const { arity, variadic, infer } = definitionOf(node.op);
  const count = node.inputs.length;
  if (count < arity || (count > arity && variadic !== true)) {
    fail(graph, `${nameNode(node)} must have ${arity} operands, got ${count}`);
  }
  const operands = node.inputs.map((input): TensorType => {
    const operand = Number.isInteger(input) && input < node.id ? graph.nodes[input] : undefined;
    return (
      operand ?? fail(graph, `operands of ${nameNode(node)} must come before it, got %${input}`)
    ).type;
  });
  const inferred = inferType(graph, node, () => infer(operands, node.attrs));
  if (formatType(inferred) !== formatType(node.type)) {
    fail(
      graph,
      `type of ${nameNode(node)} must be ${formatType(inferred)} for ${operands.map(formatType).join(", ")}, got ${formatType(node.type)}`,
    );
  }
}

/** Runs a type rule; attributes from a file can be of any shape, so what the rule stumbles over is the graph's fault. */
function inferType(graph: Graph, node: GraphNode, infer: () => TensorType): TensorType {
  try {
    return infer();
  } catch (error) {
    if (!(
      error instanceof FastGpuError ||
      error instanceof TypeError ||
      error instanceof RangeError
    ))
      throw error;
    const operands = node.inputs.map((id) => formatType(graph.nodes[id]?.type ?? node.type));
    throw new GraphError(
      `graph ${graph.name}: ${nameNode(node)} must fit its operands ${operands.join(", ")}: ${error.message}`,
      { cause: error },
    );
  }
}

function verifyLeaf(graph: Graph, node: Exclude<GraphNode, { readonly op: OpName }>): void {
  if (node.op === "constant") {
    verifyConstant(graph, node);
    return;
  }
  const ports: readonly { name: string; node: number }[] =
    node.op === "input" ? graph.inputs : graph.state;
  const port = ports.find((candidate) => candidate.node === node.id);
  if (port?.name !== node.attrs.name) {
    fail(
      graph,
      `${nameNode(node)} must be listed as ${node.op} "${node.attrs.name}", got ${port === undefined ? "nothing" : `"${port.name}"`}`,
    );
  }
}

function verifyConstant(graph: Graph, node: ConstantNode): void {
  const { dtype, shape, data } = node.value;
  if (formatType(node.type) !== formatType({ dtype, shape })) {
    fail(
      graph,
      `value of ${nameNode(node)} must be ${formatType(node.type)}, got ${formatType(node.value)}`,
    );
  }
  const isStored = data.constructor === allocate(dtype, 0).constructor;
  if (!isStored || data.length !== sizeOf(shape)) {
    fail(
      graph,
      `data of ${nameNode(node)} must hold ${sizeOf(shape)} elements of ${dtype}, got ${data.length} in ${data.constructor.name}`,
    );
  }
}

function verifyPorts(graph: Graph): void {
  for (const [what, ports] of [
    ["input", graph.inputs],
    ["output", graph.outputs],
    ["state", graph.state],
  ] as const) {
    const names = new Set<string>();
    for (const { name, node } of ports) {
      if (names.has(name)) fail(graph, `${what} names must be unique, got "${name}" twice`);
      names.add(name);
      const found = graph.nodes[node];
      const fits = found !== undefined && (what === "output" || found.op === what);
      if (!fits) {
        const got = found === undefined ? `%${node}` : nameNode(found);
        fail(
          graph,
          `${what} "${name}" must name ${what === "output" ? "a" : `its ${what}`} node, got ${got}`,
        );
      }
    }
  }
}

function verifyState(graph: Graph): void {
  for (const { name, node, next } of graph.state) {
    const slot = graph.nodes[node];
    const successor = next === undefined ? slot : graph.nodes[next];
    if (slot === undefined || successor === undefined) {
      fail(graph, `next value of state "${name}" must name a node, got %${String(next)}`);
    }
    if (formatType(slot.type) !== formatType(successor.type)) {
      fail(
        graph,
        `next value of state "${name}" must be ${formatType(slot.type)}, got ${formatType(successor.type)} from ${nameNode(successor)}`,
      );
    }
  }
}

function fail(graph: Graph, rule: string): never {
  throw new GraphError(`graph ${graph.name}: ${rule}`);
}
