// What one run of a graph costs by the ops' own counts: operations, bytes moved, nodes, parameters.
import { inlineComposites } from "../passes/inline.ts";
import { primitiveOf } from "./definitions.ts";
import { isOpNode, type Graph } from "./graph.ts";
import { typeBytes } from "./tensor.ts";

/** Counts of one group of nodes. */
export interface Cost {
  /** Floating-point or integer operations; a multiply-add is two. */
  readonly flops: number;
  /** Bytes that the nodes read and write if each reads its operands from memory and writes its result to it. */
  readonly bytes: number;
  /** Computing nodes. */
  readonly nodes: number;
}

/** Counts of a whole graph with composites inlined. */
export interface GraphCost extends Cost {
  /** Bytes of all state slots: parameters, optimizer state, statistics. */
  readonly parametersBytes: number;
  /** The same counts per primitive, in order of first use. */
  readonly byOp: Readonly<Record<string, Cost>>;
}

const nothing: Cost = { flops: 0, bytes: 0, nodes: 0 };

/** Adds up what the nodes of a graph state about themselves; an estimate of work, not of time. */
export function graphCost(graph: Graph): GraphCost {
  const { nodes, state } = inlineComposites(graph);
  const byOp: Record<string, Cost> = {};
  for (const node of nodes) {
    if (!isOpNode(node)) continue;
    const inputs = node.inputs.flatMap((id) => nodes[id]?.type ?? []);
    const { flops, bytes } = primitiveOf(node.op);
    byOp[node.op] = sum(byOp[node.op] ?? nothing, {
      flops: flops(inputs, node.attrs, node.type),
      bytes: bytes(inputs, node.attrs, node.type),
      nodes: 1,
    });
  }
  const slots = new Set(state.map((slot) => slot.node));
  const parametersBytes = nodes
    .filter((node) => slots.has(node.id))
    .reduce((total, node) => total + typeBytes(node.type), 0);
  return { ...Object.values(byOp).reduce(sum, nothing), parametersBytes, byOp };
}

function sum(a: Cost, b: Cost): Cost {
  return { flops: a.flops + b.flops, bytes: a.bytes + b.bytes, nodes: a.nodes + b.nodes };
}
