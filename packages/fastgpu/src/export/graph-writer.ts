// Writes the nodes of a graph model: a GraphDef of TensorFlow as JSON. Constants are weights; transposes meet and cancel, as the
// core's graphs have channels first and TensorFlow.js computes with channels last.
import {
  tensorFrom,
  tensor,
  type DType,
  type HostTensor,
  type JsonObject,
  type Shape,
} from "@fastgpu/core";
import { permuted, type Weight } from "./artifacts.ts";

/** A node of the GraphDef. */
interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: JsonObject;
}

interface Transposed {
  readonly source: string;
  readonly order: readonly number[];
}

const dtypes: Readonly<Partial<Record<DType, string>>> = {
  f32: "DT_FLOAT",
  i32: "DT_INT32",
  bool: "DT_BOOL",
};

/** The attribute of a dtype; `undefined` for one that graph models do not have. */
export function typeAttr(dtype: DType): JsonObject | undefined {
  const type = dtypes[dtype];
  return type === undefined ? undefined : { type };
}

/** The attribute of a list of integers. */
export function intsAttr(values: readonly number[]): JsonObject {
  return { list: { i: values.map(String) } };
}

/** The attribute of a text, whose bytes JSON has in base64. */
export function textAttr(text: string): JsonObject {
  return { s: btoa(text) };
}

/** The attribute of a shape; -1 is an open size. */
export function shapeAttr(shape: Shape): JsonObject {
  return { shape: { dim: shape.map((size) => ({ size: String(size) })) } };
}

/** A GraphDef under construction. Nodes are named by what they compute and a number. */
export class GraphWriter {
  private readonly nodes = new Map<string, NodeDef>();
  private readonly constants = new Map<string, HostTensor>();
  private readonly transposes = new Map<string, Transposed>();
  private readonly known = new Map<string, string>();
  private count = 0;

  /** Adds a node under a name of its own. */
  named(name: string, op: string, input: readonly string[], attr: JsonObject = {}): string {
    this.nodes.set(name, { name, op, input, attr });
    return name;
  }

  /** Adds a node. */
  op(op: string, input: readonly string[], attr: JsonObject = {}): string {
    return this.named(this.fresh(op), op, input, attr);
  }

  /** A tensor known when the model is written. */
  constant(value: HostTensor): string {
    const name = this.fresh("Const");
    this.constants.set(name, value);
    const attr = { dtype: typeAttr(value.dtype), value: { tensor: {} } };
    return this.named(name, "Const", [], attr);
  }

  /** Integers [n], such as a shape or axes; equal ones are one constant. */
  ints(values: readonly number[]): string {
    const key = values.join(",");
    const name =
      this.known.get(key) ?? this.constant(tensorFrom("i32", [values.length], [...values]));
    this.known.set(key, name);
    return name;
  }

  /** Axis i of the result is axis `order[i]` of the operand. */
  transpose(operand: string, order: readonly number[]): string {
    const before = this.transposes.get(operand);
    const source = before?.source ?? operand;
    const whole = before === undefined ? order : order.map((axis) => before.order[axis] ?? axis);
    if (whole.every((axis, i) => axis === i)) return source;
    const value = this.constants.get(source);
    if (value?.dtype === "f32") return this.constant(permuted(value, whole));
    const name = this.op("Transpose", [source, this.ints(whole)]);
    this.transposes.set(name, { source, order: whole });
    return name;
  }

  /** An op on each element, before a transpose of its operand and not behind it. */
  elementwise(op: string, operand: string, attr: JsonObject = {}): string {
    const before = this.transposes.get(operand);
    if (before === undefined) return this.op(op, [operand], attr);
    return this.transpose(this.op(op, [before.source], attr), before.order);
  }

  /** A constant under another shape; other operands by a node. One size may be -1. */
  reshape(operand: string, shape: Shape): string {
    const value = this.constants.get(operand);
    if (value === undefined || shape.includes(-1)) {
      return this.op("Reshape", [operand, this.ints(shape)]);
    }
    return this.constant(tensor(value.dtype, shape, value.data));
  }

  /** The nodes that results need, and the weights of those. */
  finish(outputs: readonly string[]): {
    readonly node: readonly NodeDef[];
    readonly weights: readonly Weight[];
  } {
    const needed = new Set<string>();
    const pending = [...outputs];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (needed.has(name)) continue;
      needed.add(name);
      pending.push(...(this.nodes.get(name)?.input ?? []));
    }
    const node = [...this.nodes.values()].filter(
      ({ name, op }) => needed.has(name) || op === "Placeholder",
    );
    const weights = [...this.constants]
      .filter(([name]) => needed.has(name))
      .map(([name, value]): Weight => ({ name, tensor: value }));
    return { node, weights };
  }

  private fresh(op: string): string {
    this.count++;
    return `fastgpu/${op}_${this.count}`;
  }
}
