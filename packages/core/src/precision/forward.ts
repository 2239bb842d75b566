// Precision of programs that train: the forward pass of the model is converted before it is differentiated, so that the
// backward pass follows; parameters, losses, metrics and updates stay f32 (Micikevicius et al. 2018, section 3.1).
import type { Graph, GraphNode } from "../graph/graph.ts";
import type { Value } from "../graph/value.ts";
import { copyNodes, emitOp, type Visit } from "../passes/rewrite.ts";
import { alwaysF32, emitHalf, productsInHalf, toHalf, toSingle } from "./apply.ts";
import { storedInHalf } from "./emulate.ts";
import type { Precision } from "./policy.ts";

/** The policies under which programs train, by name. */
export type TrainingPrecision = Exclude<Precision, "int8">;

/**
 * The forward pass of a training or evaluation under a policy. State keeps its f32; `mixed` rounds the operands of the
 * model's products to f16, `f16` computes everything of the model in f16, `f16-storage-emulated` rounds its values. Names and types of all ports stay.
 *
 * @param isModel - true for the nodes of the model, false for those that judge its outputs, which stay f32
 */
export function forwardPrecision(
  graph: Graph,
  precision: TrainingPrecision,
  isModel: (node: GraphNode) => boolean,
): Graph {
  if (precision === "f32") return graph;
  const masters = new Set<number>();
  const converters = {
    mixed: () => productsInHalf,
    f16: () => inHalf(masters),
    "f16-storage-emulated": () => storedInHalf(masters),
  } as const;
  const convert = converters[precision]();
  const copy = copyNodes(graph, {
    op: (visit) =>
      isModel(visit.node)
        ? convert(visit)
        : emitOp(visit.builder, visit.node, visit.inputs.map(toSingle)),
    leaf: (node, builder) => {
      // Constants stay too: the loss may share them, and a cast of a constant folds away.
      if (node.op !== "state" || node.type.dtype !== "f32") return undefined;
      const state = builder.state(node.attrs.name, "f32", node.type.shape);
      masters.add(state.id);
      return state;
    },
  });
  for (const { name, node } of graph.outputs) copy.builder.output(name, toSingle(copy.at(node)));
  for (const { name, next } of graph.state) {
    if (next !== undefined) copy.builder.setNext(name, toSingle(copy.at(next)));
  }
  return copy.builder.build();
}

/** f16 nodes, but for views of parameters: these are what gradients are taken of, so they stay as they are kept. */
function inHalf(masters: Set<number>): (visit: Visit) => Value {
  return ({ node, inputs, builder }) => {
    const isView = node.op === "reshape" || node.op === "slice";
    if (isView && inputs.every(({ id }) => masters.has(id))) {
      const view = emitOp(builder, node, inputs);
      masters.add(view.id);
      return view;
    }
    if (alwaysF32.has(node.op)) return toHalf(emitOp(builder, node, inputs.map(toSingle)));
    return emitHalf(builder, node, inputs.map(toHalf));
  };
}
