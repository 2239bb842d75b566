// Dead code elimination: drops nodes that no output and no next state depends on.
import { isOpNode, type Graph } from "../graph/graph.ts";
import { rewrite } from "./rewrite.ts";

/** The graph without unused constants and computations. Inputs and state slots stay, used or not: they are its contract. */
export function eliminateDeadCode(graph: Graph): Graph {
  const used = usedNodes(graph);
  if (graph.nodes.every((node) => used.has(node.id))) return graph;
  return rewrite(graph, {
    keep: (node) => used.has(node.id) || (!isOpNode(node) && node.op !== "constant"),
  });
}

/** Ids of the nodes that outputs and next states depend on. */
export function usedNodes({ nodes, outputs, state }: Graph): Set<number> {
  const used = new Set<number>();
  const pending = [
    ...outputs.map((port) => port.node),
    ...state.flatMap((slot) => (slot.next === undefined ? [] : [slot.next])),
  ];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (used.has(id)) continue;
    used.add(id);
    pending.push(...(nodes[id]?.inputs ?? []));
  }
  return used;
}
