// The precision pass: inserts the casts a policy asks for. Inputs and outputs keep their public dtype.
import { cast } from "../functional.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Graph, OpName } from "../graph/graph.ts";
import { tensorFrom, toNumbers, type HostTensor, type TensorMap } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { simplify } from "../passes/simplify.ts";
import { copyNodes, emitOp, rewrite, type Visit } from "../passes/rewrite.ts";
import type { PrecisionPolicy } from "./policy.ts";
import { storedInHalf } from "./emulate.ts";
import { quantizeGraph } from "./quantize.ts";

/** Ops whose operands `mixed` rounds to f16: products, where an engine's f16 units are, and what sums in them. */
const products: ReadonlySet<OpName> = new Set<OpName>([
  "matmul",
  "conv",
  "convInputGrad",
  "convFilterGrad",
  "dense",
  "convBias",
  "attention",
]);

/** Ops that take or give f32 by definition, whatever the policy. */
export const alwaysF32: ReadonlySet<OpName> = new Set<OpName>([
  "randomUniform",
  "quantizeLinear",
  "dequantizeLinear",
  "int8Matmul",
]);

/**
 * An inference graph under a policy; programs that train take theirs from `trainStep`. `f32` changes nothing; `mixed` computes products in f16 and everything else in f32; `f16`
 * computes and stores every float in f16, so state slots change type: see `castState`; `int8` see `quantizeGraph`;
 * `f16-storage-emulated` computes in f32 and rounds every value between ops to f16.
 *
 * @throws {UsageError} for a policy that cannot train and a graph that changes its state
 */
export function applyPrecision(graph: Graph, policy: PrecisionPolicy): Graph {
  switch (policy.name) {
    case "f32":
      return graph;
    case "mixed":
      return simplify(rewrite(graph, productsInHalf));
    case "f16":
      return simplify(inHalf(graph));
    case "f16-storage-emulated":
      return simplify(rewrite(graph, storedInHalf()));
    case "int8":
      return quantizeGraph(graph);
  }
}

/** The values of state slots as a graph stores them: floats rounded to the slot's dtype, other tensors as they are. */
export function castState(graph: Graph, values: TensorMap): TensorMap {
  const dtypes = new Map(
    graph.state.map(({ name, node }) => [name, graph.nodes[node]?.type.dtype]),
  );
  const convert = (name: string, value: HostTensor): HostTensor => {
    const dtype = dtypes.get(name) ?? value.dtype;
    return dtype === value.dtype ? value : tensorFrom(dtype, value.shape, toNumbers(value));
  };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, convert(name, value)]),
  );
}

/** A product on operands rounded to f16, its result f32 again; other ops as they are. */
export function productsInHalf({ node, inputs, builder }: Visit): Value | undefined {
  if (!products.has(node.op) || node.type.dtype !== "f32") return undefined;
  return cast(emitOp(builder, node, inputs.map(toHalf)), "f32");
}

/** An f32 value as f16; others as they are. */
export function toHalf(value: Value): Value {
  return value.dtype === "f32" ? cast(value, "f16") : value;
}

/** An f16 value as f32; others as they are. */
export function toSingle(value: Value): Value {
  return value.dtype === "f16" ? cast(value, "f32") : value;
}

/** Every f32 value of the graph as f16, with casts at the inputs and outputs. */
function inHalf(graph: Graph): Graph {
  const copy = copyNodes(graph, {
    op: ({ node, inputs, builder }) => {
      if (alwaysF32.has(node.op)) return toHalf(emitOp(builder, node, inputs.map(toSingle)));
      return emitHalf(builder, node, inputs);
    },
    leaf: (node, builder) => {
      const { dtype, shape } = node.type;
      if (dtype !== "f32") return undefined;
      if (node.op === "input") return cast(builder.input(node.attrs.name, dtype, shape), "f16");
      if (node.op === "state") return builder.state(node.attrs.name, "f16", shape);
      return builder.constant(tensorFrom("f16", shape, toNumbers(node.value)));
    },
  });
  for (const { name, node } of graph.outputs) {
    const value = copy.at(node);
    copy.builder.output(name, cast(value, graph.nodes[node]?.type.dtype ?? value.dtype));
  }
  for (const { name, next } of graph.state) {
    if (next !== undefined) copy.builder.setNext(name, copy.at(next));
  }
  return copy.builder.build();
}

/** The op on f16 operands; ops that name f32 in their attributes name f16 instead. */
export function emitHalf(
  builder: GraphBuilder,
  node: Visit["node"],
  inputs: readonly Value[],
): Value {
  const names = "dtype" in node.attrs && node.attrs.dtype === "f32";
  const attrs = names ? { ...node.attrs, dtype: "f16" } : node.attrs;
  // Op and attributes come from one node, which the union over all ops cannot express to `op`.
  return builder.op(node.op, inputs, attrs as never);
}
