// Common subexpression elimination: nodes with the same op, attributes and operands become one.
import type { Graph } from "../graph/graph.ts";
import { sizeOf } from "../graph/shape.ts";
import { formatType, type HostTensor } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { emitOp, rewrite } from "./rewrite.ts";

/** Ops whose operands may be swapped; their keys list the operands in order of id. */
const commutative: ReadonlySet<string> = new Set([
  "add",
  "mul",
  "maximum",
  "minimum",
  "and",
  "or",
  "equal",
]);

/** Ops that act beyond their result: ranks must meet in each of them, merged or not, so none is merged. */
const collectives: ReadonlySet<string> = new Set(["allReduce", "send", "recv"]);

/** Constants of more elements are compared by identity of the tensor, not by content. */
const comparedElements = 64;

/** The graph with every value computed once. Random ops are functions of their key, so they merge like any other. */
export function mergeCommonSubexpressions(graph: Graph): Graph {
  const seen = new Map<string, Value>();
  const tensors = new Map<HostTensor, number>();
  return rewrite(graph, {
    op: ({ node, inputs, builder }) => {
      if (collectives.has(node.op)) return undefined;
      const ids = inputs.map((value) => value.id);
      if (commutative.has(node.op)) ids.sort((a, b) => a - b);
      const key = `${node.op}(${ids.join(",")})${attrsKey(node.attrs)}`;
      return remember(seen, key, () => emitOp(builder, node, inputs));
    },
    leaf: (node, builder) => {
      if (node.op !== "constant") return undefined;
      const key = `constant ${tensorKey(node.value, tensors)}`;
      return remember(seen, key, () => builder.constant(node.value));
    },
  });
}

/** Attributes as text that is equal exactly if they are; unlike JSON it tells -Infinity, NaN and -0 apart. */
export function attrsKey(attrs: object): string {
  const text = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
    return typeof value === "string" ? JSON.stringify(value) : numberKey(value);
  };
  return Object.entries(attrs)
    .map(([name, value]) => `${name}=${text(value)}`)
    .sort()
    .join(";");
}

function tensorKey(value: HostTensor, tensors: Map<HostTensor, number>): string {
  if (sizeOf(value.shape) <= comparedElements) {
    return `${formatType(value)}{${Array.from(value.data, numberKey).join(",")}}`;
  }
  const index = tensors.get(value) ?? tensors.size;
  tensors.set(value, index);
  return `#${index}`;
}

function numberKey(value: unknown): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function remember(seen: Map<string, Value>, key: string, emit: () => Value): Value {
  const value = seen.get(key) ?? emit();
  seen.set(key, value);
  return value;
}
