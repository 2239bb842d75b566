// Graph -> tape: inlines composites, lowers the nodes that results depend on, and says which register is which input,
// output and state slot of the graph.
import {
  filledValue,
  inlineComposites,
  isPrimitive,
  toNumbers,
  UnsupportedOpError,
  type Graph,
  type GraphNode,
  type HostTensor,
  type OpName,
  type TensorMap,
  type TensorType,
} from "@fastgpu/core";
import type { EngineName } from "../engines/engine-name.ts";
import { engineTraits } from "../engines/traits.ts";
import { fuseRules } from "../fuse/fuse-rules.ts";
import type { Edge, Tape } from "../tape/tape.ts";
import { kernelType } from "../tape/kernel-type.ts";
import { TapeWriter } from "../tape/tape-writer.ts";
import { compositeLowerings } from "./composites.ts";
import { onHost } from "./host.ts";
import { arrayOf, filled } from "./kernels.ts";
import { Operand, type LoweringOf, type Placed } from "./lowering.ts";
import { primitiveLowerings } from "./primitives.ts";

/** A value at the border of the program. */
export interface Binding {
  /** Name in the graph. */
  readonly name: string;
  readonly edge: Edge;
  readonly type: TensorType;
}

/** A tape and how to talk to it. */
export interface LoweredGraph {
  readonly tape: Tape;
  readonly inputs: readonly Binding[];
  readonly outputs: readonly Binding[];
  /** Slots that the program reads. */
  readonly state: readonly Binding[];
  /** Slots that the program replaces. */
  readonly next: readonly Binding[];
}

/**
 * Lowers a graph for an engine.
 *
 * @param frozen - values of state slots that become constants
 */
export function lowerGraph(graph: Graph, engine: EngineName, frozen: TensorMap = {}): LoweredGraph {
  return new GraphLowering(inlineForTfjs(graph), engine, frozen).run();
}

/** The graph without the composites that no kernel does. */
export function inlineForTfjs(graph: Graph): Graph {
  return inlineComposites(graph, (op) => compositeLowerings[op] === undefined);
}

class GraphLowering {
  private readonly graph: Graph;
  private readonly engine: EngineName;
  private readonly frozen: TensorMap;
  private readonly tape: TapeWriter;
  private readonly operands: (Operand | undefined)[] = [];
  private readonly inputs: Binding[] = [];
  private readonly state: Binding[] = [];

  constructor(graph: Graph, engine: EngineName, frozen: TensorMap) {
    this.graph = graph;
    this.engine = engine;
    this.frozen = frozen;
    this.tape = new TapeWriter(engineTraits[engine].castsInPlace);
  }

  run(): LoweredGraph {
    const { graph, tape, inputs, state } = this;
    const live = liveNodes(graph);
    // All inputs are declared, so that what a caller must give does not depend on what the results use.
    for (const node of graph.nodes) {
      if (!live.has(node.id) && node.op !== "input") continue;
      const { edge, layout } = placed(this.lower(node));
      this.operands[node.id] = new Operand(tape, node.type, edge, layout);
    }
    const outputs = graph.outputs.map(({ name, node }) => this.bind(name, node));
    const next = graph.state
      .filter((slot) => slot.next !== undefined && slot.next !== slot.node)
      .map((slot) => this.bind(slot.name, slot.next ?? slot.node));
    const kept = [...outputs, ...next].map(({ edge }) => edge);
    const filledByCaller = [...inputs, ...state].map(({ edge }) => edge);
    return {
      tape: tape.finish(kept, filledByCaller, fuseRules[this.engine]),
      inputs,
      outputs,
      state,
      next,
    };
  }

  private lower(node: GraphNode): Edge | Placed {
    const { tape } = this;
    switch (node.op) {
      case "input":
        return this.register(this.inputs, node.attrs.name, node.type);
      case "state": {
        const value = this.frozen[node.attrs.name];
        if (value !== undefined) return this.constant(value);
        return this.register(this.state, node.attrs.name, node.type);
      }
      case "constant":
        return this.constant(node.value);
      default: {
        const types = node.inputs.map((id) => this.operand(id).type);
        const value = filledValue(node, types);
        if (value !== undefined) return filled(tape, kernelType(node.type), value.fill);
        tape.setOp(node.scope === undefined ? node.op : `${node.scope}/${node.op}`);
        const traits = engineTraits[this.engine];
        const hostOps: readonly string[] = traits.hostOps;
        const isOnHost =
          hostOps.includes(node.op) ||
          hostOps.includes(`${node.op} ${node.type.dtype}`) ||
          hostOps.includes(`${node.op}(${types[0]?.dtype ?? ""})`);
        const lowering = isOnHost && isPrimitive(node.op) ? onHost(node.op) : loweringOf(node.op);
        return lowering({
          tape,
          engine: this.engine,
          traits,
          inputs: node.inputs.map((id) => this.operand(id)),
          types,
          output: node.type,
          attrs: node.attrs,
        });
      }
    }
  }

  private register(list: Binding[], name: string, type: TensorType): Edge {
    const edge = this.tape.register(kernelType(type));
    list.push({ name, edge, type });
    return edge;
  }

  private constant(value: HostTensor): Edge {
    const type = kernelType(value);
    return this.tape.constant(type, arrayOf(type.dtype, toNumbers(value)));
  }

  private bind(name: string, id: number): Binding {
    const operand = this.operand(id);
    return { name, edge: operand.in("rows"), type: operand.type };
  }

  private operand(id: number): Operand {
    const operand = this.operands[id];
    if (operand === undefined) {
      throw new UnsupportedOpError(`tfjs: node ${id} must be lowered first`);
    }
    return operand;
  }
}

function placed(value: Edge | Placed): Placed {
  return typeof value === "number" ? { edge: value, layout: "rows" } : value;
}

function loweringOf(op: OpName): LoweringOf<unknown> {
  const lowering = isPrimitive(op) ? primitiveLowerings[op] : compositeLowerings[op];
  if (lowering === undefined) {
    throw new UnsupportedOpError(`tfjs: every op must have a lowering, got ${op}`);
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
