// Graphs as readable text, one node per line; tests and messages compare it.
import type { AttrValue } from "../ops/op.ts";
import { isOpNode, type ConstantNode, type Graph, type GraphNode } from "./graph.ts";
import { formatType, toNumbers } from "./tensor.ts";

/** Elements of a constant that are shown before the rest is counted. */
const shownElements = 8;

/**
 * The graph as text:
 * `%5 = matmul(%1, %2) {transposeB} : f32[128,10]  // dense`. A flag stands for itself when true and is left out when
 * false; scopes follow as comments; outputs and next states are the last lines.
 */
export function printGraph(graph: Graph): string {
  return [
    `graph ${graph.name}`,
    ...graph.nodes.map(printNode),
    ...graph.outputs.map((port) => `output ${JSON.stringify(port.name)} = %${port.node}`),
    ...graph.state.flatMap(({ name, next }) =>
      next === undefined ? [] : [`next ${JSON.stringify(name)} = %${next}`],
    ),
  ].join("\n");
}

/** One node as text, without its scope's comment if it has none. */
export function printNode(node: GraphNode): string {
  const scope = node.scope === undefined ? "" : `  // ${node.scope}`;
  return `%${node.id} = ${describe(node)} : ${formatType(node.type)}${scope}`;
}

function describe(node: GraphNode): string {
  if (node.op === "constant") return `constant ${printElements(node)}`;
  if (!isOpNode(node)) return `${node.op} ${JSON.stringify(node.attrs.name)}`;
  const operands = node.inputs.map((id) => `%${id}`).join(", ");
  const attrs = printAttrs(node.attrs);
  return `${node.op}(${operands})${attrs === "" ? "" : ` {${attrs}}`}`;
}

function printElements({ value }: ConstantNode): string {
  const numbers = toNumbers(value);
  if (value.shape.length === 0) return numbers.join();
  const shown = [...numbers.subarray(0, shownElements)].join(", ");
  const rest = numbers.length - shownElements;
  return rest > 0 ? `[${shown}, ... ${rest} more]` : `[${shown}]`;
}

function printAttrs(attrs: object): string {
  // Attributes are plain JSON by contract (ops/op.ts); an interface without index signature does not say so.
  return (Object.entries(attrs) as [string, AttrValue][])
    .filter(([, value]) => value !== false)
    .map(([name, value]) => (value === true ? name : `${name}=${printAttr(value)}`))
    .join(", ");
}

function printAttr(value: AttrValue): string {
  if (typeof value !== "object") return String(value);
  return `[${value.map((item) => printAttr(item)).join(",")}]`;
}
