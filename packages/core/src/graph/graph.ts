// The program as data: a static-shape, typed, single-assignment graph with named inputs, outputs and state slots.
import type * as compositeTable from "../composites/table.ts";
import type * as primitiveTable from "../ops/table.ts";
import type { NoAttrs, OpDefinition } from "../ops/op.ts";
import type { HostTensor, TensorType } from "./tensor.ts";

/** Names of the ops that every backend lowers. */
export type PrimitiveName = keyof typeof primitiveTable;

/** Names of the ops that carry their own decomposition. */
export type CompositeName = keyof typeof compositeTable;

/** Names of all ops that compute something. */
export type OpName = PrimitiveName | CompositeName;

type Table = typeof primitiveTable & typeof compositeTable;

/** Attributes of the op named K. */
export type AttrsOf<K extends OpName> = Table[K] extends OpDefinition<infer A> ? A : never;

interface NodeBase {
  /** Position in `Graph.nodes`. */
  readonly id: number;
  readonly type: TensorType;
  /** Where the node comes from, such as a layer's name; for messages and profiles only. */
  readonly scope?: string;
}

/** A node without computation: an input, a state slot's current value, or a constant. */
export interface InputNode extends NodeBase {
  readonly op: "input";
  readonly inputs: readonly [];
  readonly attrs: { readonly name: string };
}

/** The value that a state slot has when the run starts. */
export interface StateNode extends NodeBase {
  readonly op: "state";
  readonly inputs: readonly [];
  readonly attrs: { readonly name: string };
}

/** A tensor known when the graph is built. */
export interface ConstantNode extends NodeBase {
  readonly op: "constant";
  readonly inputs: readonly [];
  readonly attrs: NoAttrs;
  readonly value: HostTensor;
}

/** A node that computes. */
export interface OpNode<K extends OpName = OpName> extends NodeBase {
  readonly op: K;
  /** Ids of the operands, all smaller than the node's own id. */
  readonly inputs: readonly number[];
  readonly attrs: AttrsOf<K>;
}

/** Any node; discriminated by `op`. */
export type GraphNode = InputNode | StateNode | ConstantNode | { [K in OpName]: OpNode<K> }[OpName];

/** A name for a node at the border of the graph. */
export interface Port {
  readonly name: string;
  readonly node: number;
}

/** A value that stays on the device between runs. */
export interface StateSlot {
  readonly name: string;
  /** The StateNode that reads it. */
  readonly node: number;
  /** The node whose value replaces it after a run; absent: the run leaves it alone. */
  readonly next?: number;
}

/** A program. Nodes are in topological order and `nodes[i].id === i`. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly state: readonly StateSlot[];
}

/** True for nodes that compute, false for inputs, state and constants. */
export function isOpNode(node: GraphNode): node is Extract<GraphNode, { readonly op: OpName }> {
  return node.op !== "input" && node.op !== "state" && node.op !== "constant";
}
