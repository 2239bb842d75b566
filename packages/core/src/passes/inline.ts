// Replaces composites by their decomposition, all of them or those a predicate picks.
import { compositeOf, isComposite } from "../graph/definitions.ts";
import type { CompositeName, Graph } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";
import { isOpNode } from "../graph/graph.ts";
import { rewrite } from "./rewrite.ts";

/**
 * Inlines composites until none that `shouldInline` picks is left.
 *
 * @param shouldInline - true for composites to replace; default all. A backend passes those it has no kernel for.
 */
export function inlineComposites(
  graph: Graph,
  shouldInline: (op: CompositeName) => boolean = () => true,
): Graph {
  let current = graph;
  while (
    current.nodes.some((node) => isOpNode(node) && isComposite(node.op) && shouldInline(node.op))
  ) {
    current = rewrite(current, ({ node, inputs }): Value | undefined =>
      isComposite(node.op) && shouldInline(node.op)
        ? compositeOf(node.op).decompose(inputs, node.attrs)
        : undefined,
    );
  }
  return current;
}
