// The compiler's own form of a program: primitive nodes in topological order, dead ones removed, with what the device
// computes in place of what the graph says where they differ (sums of bytes are i32).
import type {
  AttrsOf,
  DType,
  HostTensor,
  OpName,
  PrimitiveName,
  Shape as CoreShape,
  TensorType,
} from "@fastgpu/core";

/** See {@link CoreShape}. */
export type Shape = CoreShape;

/** Attributes of the three convolutions. */
export type ConvAttrs = AttrsOf<"conv">;

/** Attributes of the primitive named K. */
export type PrimitiveAttrs<K extends PrimitiveName> = AttrsOf<Extract<K, OpName>>;

/** A node that computes. */
export interface OpNode {
  readonly kind: "op";
  readonly id: number;
  readonly op: PrimitiveName;
  readonly inputs: readonly number[];
  readonly attrs: unknown;
  readonly type: TensorType;
  /** Where the node comes from, for names of kernels. */
  readonly scope: string;
}

/** An input or the current value of a state slot. */
export interface PortNode {
  readonly kind: "input" | "state";
  readonly id: number;
  readonly name: string;
  readonly inputs: readonly [];
  readonly type: TensorType;
}

/** A tensor that is known. */
export interface ConstantNode {
  readonly kind: "constant";
  readonly id: number;
  readonly inputs: readonly [];
  readonly type: TensorType;
  readonly value: HostTensor;
}

/** Any node; discriminated by `kind`. */
export type Node = OpNode | PortNode | ConstantNode;

/** A value that leaves the program. */
export interface Result {
  readonly name: string;
  readonly node: number;
  readonly type: TensorType;
}

/** A program to compile; `nodes[i].id === i`. */
export interface Program {
  readonly name: string;
  readonly nodes: readonly Node[];
  /** All inputs of the graph, used or not, in its order. */
  readonly inputs: readonly { readonly name: string; readonly type: TensorType }[];
  /** All slots of the graph, used or not. */
  readonly slots: readonly { readonly name: string; readonly type: TensorType }[];
  readonly outputs: readonly Result[];
  /** Next values of the slots that change. */
  readonly next: readonly Result[];
}

/** How ops are treated: computed at any index from their operands, or by a kernel of their own. */
export type OpClass = "map" | "reduce" | "contraction" | "window" | "scatter";

const classes: Partial<Record<PrimitiveName, OpClass>> = {
  reduceSum: "reduce",
  reduceMax: "reduce",
  reduceMin: "reduce",
  reduceProd: "reduce",
  argMax: "reduce",
  matmul: "contraction",
  conv: "contraction",
  convInputGrad: "contraction",
  convFilterGrad: "contraction",
  maxPool: "window",
  maxPoolGrad: "window",
  avgPool: "window",
  avgPoolGrad: "window",
  scatterAdd: "scatter",
};

/** The class of an op. */
export function classOf(op: PrimitiveName): OpClass {
  return classes[op] ?? "map";
}

/** True for nodes whose value comes out of a kernel of their own. */
export function isHeavy(node: Node): node is OpNode {
  return node.kind === "op" && classOf(node.op) !== "map";
}

/** True for dtypes of one byte. */
export function isByte(dtype: DType): boolean {
  return dtype === "i8" || dtype === "u8" || dtype === "bool";
}

/** How the value of a dtype is held in a shader; f16 as f32 rounded to f16. */
export type ValueType = "f32" | "i32" | "bool";

/** See {@link ValueType}. */
export function valueTypeOf(dtype: DType): ValueType {
  if (dtype === "f32" || dtype === "f16") return "f32";
  return dtype === "bool" ? "bool" : "i32";
}
