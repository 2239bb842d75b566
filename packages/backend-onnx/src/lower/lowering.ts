// The contract of a lowering: one op of the graph becomes one or several ONNX nodes.
import type { AttrsOf, OpName, TensorType } from "@fastgpu/core";
import { dataTypeOf, type ElementType } from "../model/element-type.ts";
import type { Edge, ModelWriter, NodeOptions } from "../model/model-writer.ts";

/** What a lowering gets: one node, its operands already in the model. */
export interface LoweringContext<A> {
  readonly writer: ModelWriter;
  /** Names of the operands in the model. */
  readonly inputs: readonly Edge[];
  /** Types of the operands, in the same order; none has size 0. */
  readonly types: readonly TensorType[];
  readonly output: TensorType;
  readonly attrs: A;
}

/** Adds the nodes of an op to the model and returns the name of its value, which has the type `output`. */
export type LoweringOf<A> = (context: LoweringContext<A>) => Edge;

/** The lowering of the op named K. */
export type Lowering<K extends OpName> = LoweringOf<AttrsOf<K>>;

/** Adds a conversion. */
export function castTo(writer: ModelWriter, x: Edge, to: ElementType): Edge {
  return writer.node("Cast", [x], { attributes: { to: dataTypeOf[to] } });
}

/** Adds a reshape to a static shape. */
export function reshapeTo(writer: ModelWriter, x: Edge, shape: readonly number[]): Edge {
  return writer.node("Reshape", [x, writer.ints(shape)]);
}

/** Adds a permutation of axes; nothing for the identity. */
export function transposed(writer: ModelWriter, x: Edge, perm: readonly number[]): Edge {
  return perm.every((axis, i) => axis === i)
    ? x
    : writer.node("Transpose", [x], { attributes: { perm } });
}

/** Adds a box with step 1 along some axes. */
export function sliceAxes(
  writer: ModelWriter,
  x: Edge,
  axes: readonly number[],
  starts: readonly number[],
  limits: readonly number[],
): Edge {
  return writer.node("Slice", [
    x,
    writer.ints(starts),
    writer.ints(limits),
    writer.ints(axes),
    writer.ints(axes.map(() => 1)),
  ]);
}

/** An op that is one ONNX node with the same operands; `via` names operand dtypes that need a detour and its type. */
export function direct(
  type: string,
  via: Partial<Record<ElementType, ElementType>> = {},
  options: NodeOptions = {},
): LoweringOf<unknown> {
  return ({ writer, inputs, types, output }) => {
    const own = types[0]?.dtype ?? output.dtype;
    const detour = via[own];
    if (detour === undefined) return writer.node(type, inputs, options);
    const converted = inputs.map((input) => castTo(writer, input, detour));
    const result = writer.node(type, converted, options);
    return output.dtype === "bool" && own !== "bool"
      ? result
      : castTo(writer, result, output.dtype);
  };
}

/** A positive axis. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
