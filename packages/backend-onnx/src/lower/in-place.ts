// Finds the state slots whose next value a run may write over the current one, which spares the processor's cache a second
// buffer for each. The engine does not know that input and output share memory: whatever reads the current value must
// have done so before the write, in any order of nodes and after any fusion that the engine may choose.
import type { Edge } from "../model/model-writer.ts";

/** What is known of a node of a model: its operator, and the names of its operands and results. */
export interface DataflowNode {
  readonly opType: string;
  readonly input: readonly Edge[];
  readonly output: readonly Edge[];
}

/** One slot: where the model reads it and where it writes the next value. */
export interface SlotEdges {
  readonly name: string;
  readonly current: Edge;
  readonly next: Edge;
}

/** Operators that may write the next value: element i of the result needs element i of the operands alone. */
const writers: ReadonlySet<string> = new Set(["Add", "Sub", "Mul", "Div"]);

/** Operators that the engine may fuse with a writer into one kernel, together with a product before them. */
const fusible: ReadonlySet<string> = new Set([
  ...writers,
  ...["Sqrt", "Neg", "Reciprocal", "Sigmoid", "Tanh", "Relu", "Cast"],
]);

/** Operators whose result may be the memory of their first operand. */
const views: ReadonlySet<string> = new Set([
  "Reshape",
  "Squeeze",
  "Unsqueeze",
  "Flatten",
  "Identity",
]);

/**
 * Names of the slots that may be written in place. For each of them
 * - the next value is the result of an elementwise operator,
 * - every other node that reads the current value, or a view of it, comes before that operator in the dataflow, and
 * - no operator that the engine could fuse with it reads the current value other than element by element.
 */
export function slotsInPlace(
  nodes: readonly DataflowNode[],
  slots: readonly SlotEdges[],
): ReadonlySet<string> {
  const dataflow = new Dataflow(nodes);
  return new Set(slots.filter((slot) => isInPlace(dataflow, slot)).map(({ name }) => name));
}

function isInPlace(dataflow: Dataflow, { current, next }: SlotEdges): boolean {
  const writer = dataflow.producerOf(next);
  if (writer === undefined || !writers.has(writer.opType)) return false;
  const { edges, readers } = dataflow.readersOf(current);
  if (readers.size === 0) return true;
  const before = dataflow.ancestorsOf(writer);
  if ([...readers].some((reader) => reader !== writer && !before.has(reader))) return false;
  return !dataflow
    .reachableByFusion(writer)
    .some((node) => node.input.some((edge) => edges.has(edge)));
}

/** Who produces and who reads each value of a model. */
class Dataflow {
  private readonly producers = new Map<Edge, DataflowNode>();
  private readonly consumers = new Map<Edge, DataflowNode[]>();

  constructor(nodes: readonly DataflowNode[]) {
    for (const node of nodes) {
      for (const edge of node.output) this.producers.set(edge, node);
      for (const edge of node.input) {
        const known = this.consumers.get(edge);
        if (known === undefined) this.consumers.set(edge, [node]);
        else known.push(node);
      }
    }
  }

  producerOf(edge: Edge): DataflowNode | undefined {
    return this.producers.get(edge);
  }

  /** Names under which the memory of a value may be known, and all nodes that read it under one of them. */
  readersOf(edge: Edge): { edges: ReadonlySet<Edge>; readers: ReadonlySet<DataflowNode> } {
    const edges = new Set([edge]);
    const readers = new Set<DataflowNode>();
    for (const name of edges) {
      for (const node of this.consumers.get(name) ?? []) {
        readers.add(node);
        if (views.has(node.opType) && node.input[0] === name) {
          for (const view of node.output) edges.add(view);
        }
      }
    }
    return { edges, readers };
  }

  ancestorsOf(node: DataflowNode): ReadonlySet<DataflowNode> {
    const found = new Set<DataflowNode>();
    const waiting = [node];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      for (const producer of this.producersFor(at)) {
        if (found.has(producer)) continue;
        found.add(producer);
        waiting.push(producer);
      }
    }
    return found;
  }

  /** The first nodes on each way back from a node that are neither elementwise nor views. */
  reachableByFusion(node: DataflowNode): DataflowNode[] {
    const seen = new Set([node]);
    const ends: DataflowNode[] = [];
    for (const at of seen) {
      if (at !== node && !fusible.has(at.opType) && !views.has(at.opType)) ends.push(at);
      else for (const producer of this.producersFor(at)) seen.add(producer);
    }
    return ends;
  }

  private producersFor(node: DataflowNode): DataflowNode[] {
    return node.input.flatMap((edge) => this.producers.get(edge) ?? []);
  }
}
