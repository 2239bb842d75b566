// 8-bit inference: products with stored weights become int8Matmul, the weights i8 with one scale per output.
import { UsageError } from "../errors.ts";
import { add, int8Matmul } from "../functional.ts";
import type { Graph, StateNode } from "../graph/graph.ts";
import { tensorFrom, toNumbers, type HostTensor, type TensorMap } from "../graph/tensor.ts";
import { eliminateDeadCode } from "../passes/dead-code.ts";
import { rewrite } from "../passes/rewrite.ts";

/** Name of the slot that holds the scales of a quantised weight slot. */
export function scaleSlot(weight: string): string {
  return `${weight}/scale`;
}

/**
 * The inference graph with dense and matmul by a weight slot [k, n] as int8Matmul. Slot `w` becomes i8 and a slot
 * `w/scale` f32 [n] joins it; `quantizeWeights` gives both. Weights that other ops read too stay f32, and so do
 * convolutions: on ONNX Runtime 1.30's CPU provider ConvInteger takes 4.7 to 11 times as long as the f32 Conv (x
 * [64,32,14,14] with 64 filters 3x3: 52.8 ms and 4.7 ms on one thread), while MatMulInteger takes a third of the time.
 *
 * @throws {UsageError} if the graph changes its state: rounded weights do not train
 */
export function quantizeGraph(graph: Graph): Graph {
  const changed = graph.state.find(({ node, next }) => next !== undefined && next !== node);
  if (changed !== undefined) {
    throw new UsageError(
      `int8: graph must not change its state, got a next value for "${changed.name}"; train in f32 or mixed and quantise for inference`,
    );
  }
  const weights = quantizableSlots(graph);
  const quantized = rewrite(graph, {
    leaf: (node, builder) => {
      if (node.op !== "state" || !weights.has(node.attrs.name)) return undefined;
      return builder.state(node.attrs.name, "i8", node.type.shape);
    },
    op: ({ node, inputs: [x, w, b], builder }) => {
      if (x === undefined || w?.dtype !== "i8") return undefined;
      const source = builder.nodeOf(w);
      if (source.op !== "state" || !weights.has(source.attrs.name)) return undefined;
      const scale = builder.state(scaleSlot(source.attrs.name), "f32", w.shape.slice(1));
      const product = int8Matmul(x, w, scale);
      return node.op === "dense" && b !== undefined ? add(product, b) : product;
    },
  });
  return eliminateDeadCode(quantized);
}

/**
 * The state of a quantised graph from that of the graph it was made of: for each i8 slot w [k, n], scale_j =
 * max_i |w_ij| / 127 and round(w_ij / scale_j). The error of a weight is at most half its column's scale. A column of
 * zeros has scale 1.
 *
 * @param graph - result of `quantizeGraph`
 * @param values - state of the graph before it; slots that are not quantised are passed on
 */
export function quantizeWeights(graph: Graph, values: TensorMap): TensorMap {
  const result: Record<string, HostTensor> = { ...values };
  for (const { name, node } of graph.state) {
    const type = graph.nodes[node]?.type;
    const value = values[name];
    if (type?.dtype !== "i8" || value === undefined || value.dtype === "i8") continue;
    const numbers = toNumbers(value);
    const columns = type.shape[1] ?? 1;
    const scales = new Float64Array(columns);
    numbers.forEach((number, i) => {
      scales[i % columns] = Math.max(scales[i % columns] ?? 0, Math.abs(number) / 127);
    });
    // Rounded to f32 first, because that is the scale the product will be multiplied by.
    const stored = scales.map((scale) => Math.fround(scale) || 1);
    const steps = numbers.map((number, i) => Math.round(number / (stored[i % columns] ?? 1)));
    const clipped = steps.map((step) => Math.max(-127, Math.min(127, step)));
    result[name] = tensorFrom("i8", type.shape, clipped);
    result[scaleSlot(name)] = tensorFrom("f32", [columns], stored);
  }
  return result;
}

/** Names of f32 slots [k, n] that are read only as the weights of a product and are no output. */
function quantizableSlots(graph: Graph): Set<string> {
  const slots = graph.nodes.filter((node): node is StateNode => node.op === "state");
  const found = slots.filter(({ id, type }) => {
    const users = graph.nodes.filter((node) => node.inputs.some((input) => input === id));
    const isPlain = type.dtype === "f32" && type.shape.length === 2 && users.length > 0;
    const isOutput = graph.outputs.some((port) => port.node === id);
    return isPlain && !isOutput && users.every((user) => isWeightOf(user, id));
  });
  return new Set(found.map(({ attrs }) => attrs.name));
}

function isWeightOf(user: Graph["nodes"][number], id: number): boolean {
  const [x, w] = user.inputs;
  if (w !== id || x === id) return false;
  return (
    user.op === "dense" ||
    (user.op === "matmul" && !user.attrs.transposeA && !user.attrs.transposeB)
  );
}
