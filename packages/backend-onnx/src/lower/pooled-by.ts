// Which values go into max pools whose windows tile them, and whether into nothing else: such a value may be computed tile
// position by tile position, and never be put together.
import { isOpNode, type Graph, type GraphNode, type OpNode } from "@fastgpu/core";
import { isTiling } from "./pool.ts";

/** How a value is pooled, itself or after an activation. */
export interface PooledBy {
  /** Size of the tiles. */
  readonly window: readonly [height: number, width: number];
  /** False if something else than the pool, its gradient and the activation reads the value too. */
  readonly isOnly: boolean;
}

/** For every node that is pooled by tiles covering it, by its id. */
export function pooledValues(graph: Graph): ReadonlyMap<number, PooledBy> {
  const users = new Map<number, GraphNode[]>();
  for (const node of graph.nodes) {
    if (!isOpNode(node)) continue;
    for (const id of new Set(node.inputs)) users.set(id, [...(users.get(id) ?? []), node]);
  }
  const fetched = new Set<number | undefined>([
    ...graph.outputs.map(({ node }) => node),
    ...graph.state.map(({ next }) => next),
  ]);
  const found = new Map<number, PooledBy>();
  for (const node of graph.nodes.toReversed()) {
    const readers = users.get(node.id) ?? [];
    const pools = readers.map((reader) =>
      isOpNode(reader) ? poolingOf(reader, node, found) : undefined,
    );
    const [first] = pools.filter((pool) => pool !== undefined);
    if (first === undefined) continue;
    const isOnly =
      !fetched.has(node.id) &&
      pools.every((pool) => pool?.isOnly === true && pool.window.join() === first.window.join());
    found.set(node.id, { window: first.window, isOnly });
  }
  return found;
}

/** How a reader of `node` pools it. */
function poolingOf(
  reader: OpNode,
  node: GraphNode,
  found: ReadonlyMap<number, PooledBy>,
): PooledBy | undefined {
  if (reader.op === "relu") return found.get(reader.id);
  if (reader.op !== "maxPool" && reader.op !== "maxPoolGrad") return undefined;
  const { window, ...rest } = (reader as OpNode<"maxPool">).attrs;
  const [height, width] = window;
  const [, , rows = 0, columns = 0] = node.type.shape;
  if (window.length !== 2 || height === undefined || width === undefined) return undefined;
  if (!isTiling({ window, ...rest }) || rows % height !== 0 || columns % width !== 0) {
    return undefined;
  }
  const isOnly = reader.inputs.indexOf(node.id) === 0 && reader.inputs.lastIndexOf(node.id) === 0;
  return { window: [height, width], isOnly };
}
