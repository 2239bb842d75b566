// y + a x with a scalar a in one kernel. The engine's elementwise kernels are one pass over memory for each operation; its
// blocked convolution multiplies, adds and stores in one, and with a window of one element, one filter per channel and all
// filters alike it is this operation on any tensor, whatever its order of elements. See session/blocked-probe.ts.
import {
  isOpNode,
  sameShape,
  sizeOf,
  type Graph,
  type GraphNode,
  type OpNode,
  type Shape,
} from "@fastgpu/core";
import type { Edge, ModelWriter } from "../model/model-writer.ts";
import { reshapeTo } from "./lowering.ts";

/** Elements from which one kernel pays for the views around it. */
const minElements = 16_384;

/** Longest row of the view; rows are what threads share. */
const maxRow = 512;

/** Shortest row that pays; sizes with no divisor from here to `maxRow` are left alone. */
const minRow = 8;

/** y + sign a x, by the nodes of the operands. */
export interface ScaledAdd {
  readonly x: number;
  readonly factor: number;
  readonly y: number;
  readonly sign: 1 | -1;
}

/** Sums that become one kernel, by their node, and the products that they take in. */
export interface ScaledAdds {
  readonly sums: ReadonlyMap<number, ScaledAdd>;
  readonly products: ReadonlySet<number>;
}

/** For engines without the kernel. */
export const noScaledAdds: ScaledAdds = { sums: new Map(), products: new Set() };

/**
 * Finds sums and differences of f32 with a product by a scalar that nothing else uses. What becomes the next value of a
 * slot is left alone: its memory is the slot's, which a view could not be written to.
 */
export function findScaledAdds(graph: Graph, blockChannels: number): ScaledAdds {
  const uses = useCounts(graph);
  const nexts = new Set(graph.state.map(({ next }) => next));
  const sums = new Map<number, ScaledAdd>();
  const products = new Set<number>();
  for (const node of graph.nodes) {
    if (!isOpNode(node) || nexts.has(node.id) || node.type.dtype !== "f32") continue;
    if (viewOf(node.type.shape, blockChannels) === undefined) continue;
    const found = candidates(node)
      .map(([product, y, sign]) => scaledAdd(graph, node, graph.nodes[product], y, sign))
      .find((candidate) => candidate !== undefined && uses[candidate.product] === 1);
    if (found === undefined) continue;
    const { product, ...sum } = found;
    sums.set(node.id, sum);
    products.add(product);
  }
  return { sums, products };
}

/** Which operand may be the product, which the other one, and its sign. */
function candidates({ op, inputs: [a, b] }: OpNode): [product: number, y: number, sign: 1 | -1][] {
  if (a === undefined || b === undefined) return [];
  if (op === "sub") return [[b, a, -1]];
  return op === "add"
    ? [
        [a, b, 1],
        [b, a, 1],
      ]
    : [];
}

function scaledAdd(
  graph: Graph,
  { type }: GraphNode,
  product: GraphNode | undefined,
  y: number,
  sign: 1 | -1,
): (ScaledAdd & { readonly product: number }) | undefined {
  if (product === undefined || !isOpNode(product) || product.op !== "mul") return undefined;
  const [a, b] = product.inputs;
  if (a === undefined || b === undefined) return undefined;
  const shapeAt = (id: number): Shape => graph.nodes[id]?.type.shape ?? [];
  const [x, factor] = shapeAt(a).length === 0 ? [b, a] : [a, b];
  const isScaled = shapeAt(factor).length === 0 && sameShape(shapeAt(x), type.shape);
  if (!isScaled || !sameShape(shapeAt(y), type.shape)) return undefined;
  return { x, factor, y, sign, product: product.id };
}

/** Whether the kernel would be of use, whatever the size of a block. */
export function hasScaledAdds(graph: Graph): boolean {
  return findScaledAdds(graph, 1).sums.size > 0;
}

function useCounts(graph: Graph): readonly number[] {
  const counts = graph.nodes.map(() => 0);
  const count = (id: number): void => {
    counts[id] = (counts[id] ?? 0) + 1;
  };
  for (const node of graph.nodes) if (isOpNode(node)) node.inputs.forEach(count);
  for (const { node } of graph.outputs) count(node);
  for (const { next } of graph.state) if (next !== undefined) count(next);
  return counts;
}

/** [1, b, h, w] with as many elements, or undefined if the shape has none that pays. */
function viewOf(shape: Shape, blockChannels: number): Shape | undefined {
  const size = sizeOf(shape);
  if (size < minElements || size % blockChannels !== 0) return undefined;
  const pixels = size / blockChannels;
  for (let row = maxRow; row >= minRow; row--) {
    if (pixels % row === 0) return [1, blockChannels, pixels / row, row];
  }
  return undefined;
}

/** Adds the kernels of one model; values and filters that several of them share are made once. */
export class ScaledAddWriter {
  private readonly writer: ModelWriter;
  private readonly blockChannels: number;
  private readonly views = new Map<Edge, Edge>();
  private readonly filters = new Map<string, Edge>();

  constructor(writer: ModelWriter, blockChannels: number) {
    this.writer = writer;
    this.blockChannels = blockChannels;
  }

  /**
   * y + sign a x.
   *
   * @param factor - the scalar a: its number if it is a constant, else its edge
   * @param shape - of x, y and the result
   */
  write(x: Edge, factor: number | Edge, y: Edge, sign: 1 | -1, shape: Shape): Edge {
    const { writer, blockChannels } = this;
    const view = viewOf(shape, blockChannels) ?? shape;
    const attributes = {
      kernel_shape: [1, 1],
      strides: [1, 1],
      dilations: [1, 1],
      pads: [0, 0, 0, 0],
      group: blockChannels,
    };
    const operands = [this.viewed(x, view), this.filter(factor, sign), "", this.viewed(y, view)];
    const sum = writer.node("Conv", operands, { domain: "com.microsoft.nchwc", attributes });
    const result = reshapeTo(writer, sum, shape);
    this.views.set(result, sum);
    return result;
  }

  private viewed(edge: Edge, view: Shape): Edge {
    const known = this.views.get(edge) ?? reshapeTo(this.writer, edge, view);
    this.views.set(edge, known);
    return known;
  }

  /** sign a for every channel. */
  private filter(factor: number | Edge, sign: 1 | -1): Edge {
    const { writer, blockChannels } = this;
    const key = `${sign} ${factor}`;
    const shape = [blockChannels, 1, 1, 1];
    let edge = this.filters.get(key);
    if (edge === undefined) {
      if (typeof factor === "number") {
        edge = writer.constant("f32", shape, new Array<number>(blockChannels).fill(sign * factor));
      } else {
        const signed = sign === 1 ? factor : writer.node("Neg", [factor]);
        edge = writer.node("Expand", [signed, writer.ints(shape)]);
      }
      this.filters.set(key, edge);
    }
    return edge;
  }
}
