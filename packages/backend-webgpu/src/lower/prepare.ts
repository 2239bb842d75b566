// Graph -> program: composites inlined, algebra done, identities dropped, empty operands replaced by what results from
// them, whole-number results of heavy ops widened to i32, which no two invocations have to share a word of, and bytes that a
// product takes as i32 left as bytes.
import {
  definitionOf,
  eliminateDeadCode,
  inlineComposites,
  isOpNode,
  isPrimitive,
  mergeCommonSubexpressions,
  simplify,
  sizeOf,
  tensorFrom,
  UnsupportedOpError,
  type DType,
  type Graph,
  type GraphNode,
  type PrimitiveName,
  type TensorType,
} from "@fastgpu/core";
import {
  classOf,
  isByte,
  isHeavy,
  type Node,
  type OpNode,
  type Program,
  type Result,
} from "./program.ts";

/** Ops that hand their operand on when there is one device. */
const identities: ReadonlySet<PrimitiveName> = new Set(["allReduce", "send", "recv"]);

/**
 * Prepares a graph for compilation.
 *
 * @throws {UnsupportedOpError} for an op that is neither a primitive nor a composite
 */
export function prepare(graph: Graph): Program {
  for (const node of graph.nodes) {
    if (isOpNode(node)) definitionOf(node.op);
  }
  const flat = inlineComposites(graph);
  const small = eliminateDeadCode(mergeCommonSubexpressions(simplify(flat)));
  return new Preparation(small, graph).run();
}

class Preparation {
  private readonly graph: Graph;
  private readonly original: Graph;
  private readonly nodes: Node[] = [];
  /** New id of each old node. */
  private readonly ids: number[] = [];

  constructor(graph: Graph, original: Graph) {
    this.graph = graph;
    this.original = original;
  }

  run(): Program {
    const { graph, original } = this;
    for (const node of graph.nodes) this.ids[node.id] = this.convert(node);
    const typeOf = (id: number): TensorType => graph.nodes[id]!.type;
    const result = (name: string, node: number): Result => ({
      name,
      node: this.ids[node]!,
      type: typeOf(node),
    });
    return {
      name: original.name,
      nodes: this.nodes,
      inputs: original.inputs.map(({ name, node }) => ({ name, type: original.nodes[node]!.type })),
      slots: original.state.map(({ name, node }) => ({ name, type: original.nodes[node]!.type })),
      outputs: graph.outputs.map(({ name, node }) => result(name, node)),
      next: graph.state
        .filter((slot) => slot.next !== undefined && slot.next !== slot.node)
        .map((slot) => result(slot.name, slot.next!)),
    };
  }

  private convert(node: GraphNode): number {
    const { type } = node;
    if (node.op === "input" || node.op === "state") {
      return this.add({ kind: node.op, name: node.attrs.name, inputs: [], type });
    }
    if (node.op === "constant")
      return this.add({ kind: "constant", inputs: [], type, value: node.value });
    if (!isPrimitive(node.op))
      throw new UnsupportedOpError(`webgpu: op must be known, got ${node.op}`);
    const operands = node.inputs.map((id) => this.ids[id]!);
    const isProduct = node.op === "matmul" && type.dtype === "i32";
    const inputs = isProduct ? operands.map((id) => this.narrowest(id)) : operands;
    if (identities.has(node.op)) return inputs[0]!;
    const scope = node.scope ?? "";
    const { op, attrs } = node;
    if (sizeOf(type.shape) > 0 && classOf(op) !== "map") {
      const fill = this.fillOf(op, inputs, type.dtype);
      if (fill !== undefined) return this.filled(type, fill, scope);
    }
    if (classOf(op) === "map" || !isByte(type.dtype)) {
      return this.add({ kind: "op", op, inputs, attrs, type, scope });
    }
    // Sums and products agree modulo 256, and extrema keep their order.
    const wide = this.add({
      kind: "op",
      op,
      inputs,
      attrs,
      type: { ...type, dtype: "i32" },
      scope,
    });
    return this.add({
      kind: "op",
      op: "cast",
      inputs: [wide],
      attrs: { dtype: type.dtype },
      type,
      scope,
    });
  }

  /** A value that was widened to i32 as the bytes that it was, which products widen themselves, or multiply as they are. */
  private narrowest(id: number): number {
    const node = this.nodes[id]!;
    const [source] = node.inputs;
    if (node.kind !== "op" || node.op !== "cast" || source === undefined) return id;
    const { dtype } = this.nodes[source]!.type;
    return node.type.dtype === "i32" && (dtype === "i8" || dtype === "u8") ? source : id;
  }

  /** What every element of a heavy op is if an operand has none. */
  private fillOf(op: PrimitiveName, inputs: readonly number[], dtype: DType): number | undefined {
    const isEmpty = inputs.some((id) => sizeOf(this.nodes[id]!.type.shape) === 0);
    if (!isEmpty) return undefined;
    if (op === "reduceProd") return 1;
    if (op === "reduceMax") return extremeOf(dtype, -1);
    if (op === "reduceMin") return extremeOf(dtype, 1);
    return 0;
  }

  private filled(type: TensorType, fill: number, scope: string): number {
    const scalar: TensorType = { dtype: type.dtype, shape: [] };
    const value = tensorFrom(type.dtype, [], [fill]);
    const constant = this.add({ kind: "constant", inputs: [], type: scalar, value });
    const attrs = { shape: type.shape };
    return this.add({ kind: "op", op: "broadcastTo", inputs: [constant], attrs, type, scope });
  }

  private add(node: DistributiveOmit<Node, "id">): number {
    const id = this.nodes.length;
    this.nodes.push({ ...node, id });
    return id;
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** Nodes of a program that nothing needs are not computed; those that something needs. */
export function liveNodes(program: Program): ReadonlySet<number> {
  const live = new Set<number>();
  for (const { node } of [...program.outputs, ...program.next]) live.add(node);
  for (const node of program.nodes.toReversed()) {
    if (live.has(node.id)) for (const id of node.inputs) live.add(id);
  }
  return live;
}

/** Largest (sign 1) or smallest (sign -1) number of a dtype. */
function extremeOf(dtype: DType, sign: 1 | -1): number {
  switch (dtype) {
    case "f32":
    case "f16":
      return sign * Infinity;
    case "i32":
      return sign === 1 ? 2 ** 31 - 1 : -(2 ** 31);
    case "i8":
      return sign === 1 ? 127 : -128;
    case "u8":
      return sign === 1 ? 255 : 0;
    case "bool":
      return sign === 1 ? 1 : 0;
  }
}

/** The heavy node that a node is a whole-number view of, for names. */
export function isContraction(node: Node): node is OpNode {
  return isHeavy(node) && classOf(node.op) === "contraction";
}
