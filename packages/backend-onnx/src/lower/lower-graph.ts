// Graph -> ONNX model: inlines what has no native operator, lowers the nodes that results depend on, and says which
// value of the model is which input, output and state slot of the graph.
import {
  definitionOf,
  filledValue,
  isComposite,
  isOpNode,
  isPrimitive,
  rewrite,
  sizeOf,
  tensorFrom,
  toNumbers,
  UnsupportedOpError,
  type Graph,
  type GraphNode,
  type HostTensor,
  type OpName,
  type OpNode,
  type TensorMap,
  type TensorType,
} from "@fastgpu/core";
import { ModelWriter, type Edge } from "../model/model-writer.ts";
import type { NodeOutline } from "../providers/cpu-nodes.ts";
import { compositeLowerings } from "./composites.ts";
import { lowerInBlocks } from "./in-blocks.ts";
import { slotsInPlace, type DataflowNode } from "./in-place.ts";
import { Layouts } from "./layouts.ts";
import type { LoweringOf } from "./lowering.ts";
import { pooledValues, type PooledBy } from "./pooled-by.ts";
import { primitiveLowerings } from "./primitives.ts";
import { findScaledAdds, noScaledAdds, ScaledAddWriter, type ScaledAdd } from "./scaled-add.ts";

/** A value at the border of the model. */
export interface Binding {
  /** Name in the graph. */
  readonly name: string;
  /** Name in the model. */
  readonly edge: Edge;
  readonly type: TensorType;
}

/** A model and how to talk to it. */
export interface LoweredGraph {
  readonly bytes: Uint8Array;
  readonly inputs: readonly Binding[];
  readonly outputs: readonly Binding[];
  /** Slots that the model reads. */
  readonly state: readonly Binding[];
  /** Slots that the model replaces. */
  readonly next: readonly Binding[];
  /** Slots whose next value may be written over the current one, by their name in the graph. */
  readonly inPlace: ReadonlySet<string>;
  /** The output that keeps the binding from copying the others; see {@link LowerOptions.stopsCopies}. */
  readonly stop: Edge | undefined;
  /** The model's nodes, in order. */
  readonly nodes: readonly (NodeOutline & DataflowNode)[];
}

/** What a lowering may rely on. */
export interface LowerOptions {
  /**
   * Channels in a block of the engine's internal layout, for convolutions whose filters are not constant and for scaled
   * sums; absent: the engine's internal operators are not used. The engine blocks convolutions with constant filters by
   * itself.
   */
  readonly blockChannels?: number | undefined;
  /** Whether the model gets a first output that the binding refuses: see session/copy-stop.ts. Default false. */
  readonly stopsCopies?: boolean;
}

/**
 * Lowers a graph.
 *
 * @param frozen - values of state slots that become constants of the model
 * @throws {UnsupportedOpError} for a composite that is neither lowered nor inlined
 */
export function lowerGraph(
  graph: Graph,
  frozen: TensorMap = {},
  options: LowerOptions = {},
): LoweredGraph {
  return new GraphLowering(inlineForOnnx(graph), frozen, options).run();
}

/** The graph with every composite inlined that ONNX lacks, or that has operands without elements. */
export function inlineForOnnx(graph: Graph): Graph {
  let current = graph;
  const isInlined = (node: OpNode, types: readonly TensorType[]): boolean =>
    isComposite(node.op) &&
    (compositeLowerings[node.op] === undefined ||
      [node.type, ...types].some((type) => sizeOf(type.shape) === 0));
  const typesOf = (node: OpNode): TensorType[] => node.inputs.map((id) => typeAt(current, id));
  while (current.nodes.some((node) => isOpNode(node) && isInlined(node, typesOf(node)))) {
    current = rewrite(current, ({ node, inputs }) => {
      const definition = definitionOf(node.op);
      const isKept = !isInlined(
        node,
        inputs.map((value) => value.type),
      );
      return isKept || definition.kind === "primitive"
        ? undefined
        : definition.decompose(inputs, node.attrs);
    });
  }
  return current;
}

class GraphLowering {
  private readonly graph: Graph;
  private readonly frozen: TensorMap;
  private readonly options: LowerOptions;
  private readonly writer: ModelWriter;
  private readonly layouts: Layouts | undefined;
  private readonly pooled: ReadonlyMap<number, PooledBy>;
  private readonly edges: (Edge | undefined)[] = [];
  /** Edges that the model may not name as outputs: its inputs, constants and outputs so far. */
  private readonly taken = new Set<Edge>();
  private readonly inputs: Binding[] = [];
  private readonly state: Binding[] = [];

  constructor(graph: Graph, frozen: TensorMap, options: LowerOptions) {
    this.options = options;
    this.graph = graph;
    this.frozen = frozen;
    this.writer = new ModelWriter(graph.name);
    const { blockChannels } = options;
    this.layouts =
      blockChannels === undefined ? undefined : new Layouts(this.writer, blockChannels);
    this.pooled = pooledValues(graph);
  }

  run(): LoweredGraph {
    const { graph, writer } = this;
    const isLive = liveNodes(graph);
    const { blockChannels } = this.options;
    const scaled =
      blockChannels === undefined ? noScaledAdds : findScaledAdds(graph, blockChannels);
    const scaledWriter = new ScaledAddWriter(writer, blockChannels ?? 1);
    // All inputs are declared, so that what a caller must give does not depend on what the results use.
    for (const node of graph.nodes) {
      if (!isLive.has(node.id) && node.op !== "input") continue;
      if (scaled.products.has(node.id)) continue;
      const sum = scaled.sums.get(node.id);
      this.edges[node.id] =
        sum === undefined ? this.lower(node) : this.lowerScaledAdd(node, sum, scaledWriter);
    }
    const stop = this.options.stopsCopies === true ? writer.emptySequence("stop") : undefined;
    const outputs = graph.outputs.map((port) => this.bindOutput(port.name, port.node));
    const next = graph.state
      .filter((slot) => slot.next !== undefined && slot.next !== slot.node)
      .map((slot) => this.bindOutput(slot.name, slot.next ?? slot.node));
    const { inputs, state } = this;
    const nodes = writer.nodeOutlines();
    const slots = next.map(({ name, edge }) => ({
      name,
      current: state.find((slot) => slot.name === name)?.edge ?? "",
      next: edge,
    }));
    const inPlace = slotsInPlace(nodes, slots);
    return { bytes: writer.bytes(), inputs, outputs, state, next, inPlace, stop, nodes };
  }

  private lower(node: GraphNode): Edge {
    const { writer } = this;
    switch (node.op) {
      case "input":
        return this.bindInput(this.inputs, `x${this.inputs.length}`, node.attrs.name, node.type);
      case "state": {
        const value = this.frozen[node.attrs.name];
        if (value !== undefined) return this.constant(value);
        return this.bindInput(this.state, `s${this.state.length}`, node.attrs.name, node.type);
      }
      case "constant":
        return this.constant(node.value);
      default: {
        const types = node.inputs.map((id) => typeAt(this.graph, id));
        const filled = filledValue(node, types);
        if (filled !== undefined) return this.filled(node.type, filled.fill);
        writer.setScope(node.scope === undefined ? node.op : `${node.scope}/${node.op}`);
        return this.lowerOp(node, types);
      }
    }
  }

  private lowerOp(node: OpNode, types: readonly TensorType[]): Edge {
    const { writer, layouts } = this;
    const common = { writer, types, output: node.type, attrs: node.attrs };
    const lowerPlain = (inputs: readonly Edge[]): Edge =>
      loweringOf(node.op)({ ...common, inputs });
    if (layouts !== undefined) {
      const inputs = node.inputs.map((id) => this.nameOf(id));
      const pooledBy = this.pooled.get(node.id);
      const kept = lowerInBlocks(node, { ...common, layouts, inputs, pooledBy }, lowerPlain);
      if (kept !== undefined) return kept;
    }
    const edge = lowerPlain(node.inputs.map((id) => this.edgeOf(id)));
    writer.describe(edge, node.type);
    return edge;
  }

  private lowerScaledAdd(node: GraphNode, sum: ScaledAdd, scaledWriter: ScaledAddWriter): Edge {
    const factor = this.graph.nodes[sum.factor];
    const [known] = factor?.op === "constant" ? toNumbers(factor.value) : [];
    this.writer.setScope(`${node.scope ?? ""}/scaledAdd`);
    const edge = scaledWriter.write(
      this.edgeOf(sum.x),
      known ?? this.edgeOf(sum.factor),
      this.edgeOf(sum.y),
      sum.sign,
      node.type.shape,
    );
    this.writer.describe(edge, node.type);
    return edge;
  }

  private bindInput(list: Binding[], edge: Edge, name: string, type: TensorType): Edge {
    this.writer.input(edge, type);
    list.push({ name, edge, type });
    this.taken.add(edge);
    return edge;
  }

  private constant(value: HostTensor): Edge {
    const { buffer, byteOffset, byteLength } = value.data;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    const edge = this.writer.initializer(value.dtype, value.shape, bytes);
    this.taken.add(edge);
    return edge;
  }

  private filled(type: TensorType, fill: number): Edge {
    const { writer } = this;
    const size = sizeOf(type.shape);
    if (size <= 1)
      return this.constant(tensorFrom(type.dtype, type.shape, size === 0 ? [] : [fill]));
    return writer.node("Expand", [writer.scalar(type.dtype, fill), writer.ints(type.shape)]);
  }

  private bindOutput(name: string, id: number): Binding {
    const type = typeAt(this.graph, id);
    const source = this.edgeOf(id);
    // One value can be one output only, and an input or constant none.
    const edge = this.taken.has(source) ? this.writer.node("Identity", [source]) : source;
    this.taken.add(edge);
    this.writer.output(edge, type);
    return { name, edge, type };
  }

  /** The plain form of a value. */
  private edgeOf(id: number): Edge {
    const name = this.nameOf(id);
    return this.layouts === undefined ? name : this.layouts.plain(name);
  }

  /** The name of a value, whose plain form may not exist yet. */
  private nameOf(id: number): Edge {
    const edge = this.edges[id];
    if (edge === undefined) throw new UnsupportedOpError(`onnx: node ${id} must be lowered first`);
    return edge;
  }
}

function loweringOf(op: OpName): LoweringOf<unknown> {
  const lowering = isPrimitive(op) ? primitiveLowerings[op] : compositeLowerings[op];
  if (lowering === undefined) {
    throw new UnsupportedOpError(`onnx: every op must have a lowering, got ${op}`);
  }
  // The tables pair each op with the lowering of its own attributes; a node's op and attrs belong together.
  return lowering as unknown as LoweringOf<unknown>;
}

/** Nodes that an output or a next state depends on. */
function liveNodes(graph: Graph): Set<number> {
  const live = new Set<number>();
  for (const port of graph.outputs) live.add(port.node);
  for (const slot of graph.state) if (slot.next !== undefined) live.add(slot.next);
  for (const node of graph.nodes.toReversed()) {
    if (live.has(node.id)) for (const id of node.inputs) live.add(id);
  }
  return live;
}

function typeAt(graph: Graph, id: number): TensorType {
  const node = graph.nodes[id];
  if (node === undefined) throw new UnsupportedOpError(`onnx: node ${id} must exist`);
  return node.type;
}
