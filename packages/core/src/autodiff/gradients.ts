// Reverse-mode automatic differentiation, graph -> graph (Griewank and Walther, Evaluating Derivatives, 2008, chapter 3):
// visits nodes in reverse topological order and accumulates vector-Jacobian products.
import { NotDifferentiableError, GraphError } from "../errors.ts";
import { add } from "../functional.ts";
import { compositeOf, definitionOf } from "../graph/definitions.ts";
import { isFloat } from "../graph/dtype.ts";
import { isOpNode, type Graph, type GraphNode } from "../graph/graph.ts";
import { formatType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { inlineComposites } from "../passes/inline.ts";
import { copyNodes, type Copy } from "../passes/rewrite.ts";

/** A copy of a graph whose builder also holds the gradients. */
export interface Differentiated extends Copy {
  /** The graph that was copied: the given one with composites without a gradient rule inlined. */
  readonly source: Graph;
  /** Gradients in the order of `wrt`, each of the type of its value. */
  readonly gradients: readonly Value[];
}

/**
 * Differentiates one scalar output with respect to inputs, state slots or other outputs.
 *
 * @param of - name of a float output of shape []
 * @param wrt - names of inputs, state slots or outputs (an output stands for the node it names)
 * @returns the copy under construction, so that the caller can go on with the gradients
 * @throws {NotDifferentiableError} if a path from `wrt` to `of` passes an op that has no gradient
 */
export function differentiate(graph: Graph, of: string, wrt: readonly string[]): Differentiated {
  const source = inlineComposites(graph, (op) => compositeOf(op).vjp === undefined);
  const loss = findLoss(source, of);
  const targets = wrt.map((name) => findTarget(source, name));
  const copy = copyNodes(source);
  const active = reachableFrom(source, targets);
  const adjoints = new Map<number, Value>([[loss, copy.builder.scalar(1, copy.at(loss).dtype)]]);
  for (let id = loss; id >= 0; id--) {
    const node = source.nodes[id];
    const grad = adjoints.get(id);
    if (node === undefined || grad === undefined || !active.has(id) || !isOpNode(node)) continue;
    propagate(node, grad, copy, active, adjoints);
  }
  const gradients = targets.map((id) => adjoints.get(id) ?? zerosLike(copy.at(id)));
  return { ...copy, source, gradients };
}

function propagate(
  node: Extract<GraphNode, { inputs: readonly number[] }>,
  grad: Value,
  copy: Copy,
  active: ReadonlySet<number>,
  adjoints: Map<number, Value>,
): void {
  if (!isOpNode(node) || !node.inputs.some((input) => active.has(input))) return;
  const { vjp } = definitionOf(node.op);
  if (vjp === undefined || typeof vjp !== "function") {
    const reason = vjp === undefined ? "composite without a rule" : vjp.notDifferentiable;
    throw new NotDifferentiableError(
      `gradient: every op on the way must be differentiable, got ${node.op} in ${node.scope ?? "the graph"}: ${reason}`,
    );
  }
  const emitRule = (): readonly (Value | undefined)[] =>
    vjp({ inputs: node.inputs.map(copy.at), output: copy.at(node.id), grad, attrs: node.attrs });
  const scope = `grad/${node.scope ?? node.op}`;
  const contributions = copy.builder.within(scope, emitRule);
  node.inputs.forEach((input, position) => {
    const contribution = contributions[position];
    if (contribution === undefined || !active.has(input)) return;
    checkContribution(node.op, copy.at(input), contribution);
    const sum = adjoints.get(input);
    const total = (): Value => (sum === undefined ? contribution : add(sum, contribution));
    adjoints.set(input, copy.builder.within(scope, total));
  });
}

function checkContribution(op: string, input: Value, contribution: Value): void {
  if (formatType(input.type) === formatType(contribution.type)) return;
  throw new GraphError(
    `gradient: ${op} must return gradients of its inputs' types, got ${formatType(contribution.type)} for ${formatType(input.type)}`,
  );
}

/** Nodes whose value depends on a target through float values. */
function reachableFrom(graph: Graph, targets: readonly number[]): Set<number> {
  const reached = new Set(targets);
  for (const node of graph.nodes) {
    if (isFloat(node.type.dtype) && node.inputs.some((input) => reached.has(input))) {
      reached.add(node.id);
    }
  }
  return reached;
}

function findLoss(graph: Graph, name: string): number {
  const port = graph.outputs.find((output) => output.name === name);
  const node = port === undefined ? undefined : graph.nodes[port.node];
  if (node === undefined || node.type.shape.length !== 0 || !isFloat(node.type.dtype)) {
    const found = node === undefined ? "none" : formatType(node.type);
    throw new GraphError(`gradient: output "${name}" must be a float scalar, got ${found}`);
  }
  return node.id;
}

function findTarget(graph: Graph, name: string): number {
  const found =
    graph.state.find((slot) => slot.name === name) ??
    graph.inputs.find((port) => port.name === name) ??
    graph.outputs.find((port) => port.name === name);
  if (found === undefined) {
    throw new GraphError(
      `gradient: "${name}" must name an input, a state slot or an output, got none such`,
    );
  }
  return found.node;
}

function zerosLike(value: Value): Value {
  const zero = value.emitter.scalar(0, value.dtype);
  return value.shape.length === 0
    ? zero
    : value.emitter.op("broadcastTo", [zero], { shape: value.shape });
}
