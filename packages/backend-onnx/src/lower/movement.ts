// Primitives that move elements: shapes, slices, padding, gathers and scatters.
import type { ElementType } from "../model/element-type.ts";
import { sizeOf } from "@fastgpu/core";
import type { Edge } from "../model/model-writer.ts";
import { axisOf, castTo, reshapeTo, sliceAxes, transposed, type Lowering } from "./lowering.ts";

// Ends of a Slice that runs backwards to the first element: any number below -size.
const BEFORE_FIRST = -(2 ** 31) + 1;

/** Same elements, other shape. */
export const reshape: Lowering<"reshape"> = ({ writer, inputs, attrs }) =>
  reshapeTo(writer, inputs[0]!, attrs.shape);

/** Permutation of axes. */
export const transpose: Lowering<"transpose"> = ({ writer, inputs, attrs }) =>
  transposed(writer, inputs[0]!, attrs.permutation);

/** Repetition along axes of size 1 and new leading axes. */
export const broadcastTo: Lowering<"broadcastTo"> = ({ writer, inputs, types, attrs }) => {
  const { dtype, shape } = types[0]!;
  if (attrs.shape.length === 0) return inputs[0]!;
  // The WebGPU kernel fails for scalars of this type.
  const isScalarByte = dtype === "u8" && shape.length === 0;
  const x = isScalarByte ? reshapeTo(writer, inputs[0]!, [1]) : inputs[0]!;
  return writer.node("Expand", [x, writer.ints(attrs.shape)]);
};

/** A strided box; axes that are taken whole are left out. */
export const slice: Lowering<"slice"> = ({ writer, inputs, types, attrs }) => {
  const { starts, limits, strides } = attrs;
  const { shape } = types[0]!;
  const cut = shape
    .map((_, axis) => axis)
    .filter((axis) => starts[axis] !== 0 || limits[axis] !== shape[axis] || strides[axis] !== 1);
  if (cut.length === 0) return inputs[0]!;
  const pick = (list: readonly number[]): Edge => writer.ints(cut.map((axis) => list[axis]!));
  return writer.node("Slice", [
    inputs[0]!,
    pick(starts),
    pick(limits),
    writer.ints(cut),
    pick(strides),
  ]);
};

/** Padding around and between elements. The gaps become a new axis after each that has some, padded and merged. */
export const pad: Lowering<"pad"> = (context) => {
  const { writer, types, attrs } = context;
  const { low, high, interior, value } = attrs;
  const { dtype, shape } = types[0]!;
  const spread = shape.map((size, axis) => size + (size - 1) * interior[axis]!);
  let x = context.inputs[0]!;
  const fill = writer.scalar(dtype, value);
  if (interior.some((gap, axis) => gap > 0 && shape[axis]! > 1)) {
    const apart = shape.flatMap((size) => [size, 1]);
    const gaps = [...apart.map(() => 0), ...interior.flatMap((gap) => [0, gap])];
    x = writer.node("Pad", [reshapeTo(writer, x, apart), writer.ints(gaps), fill]);
    x = reshapeTo(
      writer,
      x,
      shape.map((size, axis) => size * (interior[axis]! + 1)),
    );
    const axes = shape.map((_, axis) => axis);
    const zeros = axes.map(() => 0);
    x = sliceAxes(writer, x, axes, zeros, spread);
  }
  if (low.every((n) => n === 0) && high.every((n) => n === 0)) return x;
  return writer.node("Pad", [x, writer.ints([...low, ...high]), fill]);
};

/** Concatenation; operands without elements have no part in it. */
export const concat: Lowering<"concat"> = ({ writer, inputs, types, attrs }) => {
  const full = inputs.filter((_, i) => sizeOf(types[i]!.shape) > 0);
  const axis = axisOf(attrs.axis, types[0]!.shape.length);
  return full.length === 1 ? full[0]! : writer.node("Concat", full, { attributes: { axis } });
};

/** Rows by index. */
export const gather: Lowering<"gather"> = ({ writer, inputs, types, attrs }) =>
  writer.node("Gather", inputs, {
    attributes: { axis: axisOf(attrs.axis, types[0]!.shape.length) },
  });

/** Sums of rows by index: ScatterND with `add` into zeros, the indexed axis brought to the front. */
export const scatterAdd: Lowering<"scatterAdd"> = (context) => {
  const { writer, inputs, types, output, attrs } = context;
  const axis = axisOf(attrs.axis, output.shape.length);
  const [indices, updates] = [types[0]!, types[1]!];
  const count = sizeOf(indices.shape);
  const outer = sizeOf(updates.shape.slice(0, axis));
  const inner = sizeOf(updates.shape.slice(axis + indices.shape.length));
  // The f16 kernel has no `add`.
  const type: ElementType = output.dtype === "f16" ? "f32" : output.dtype;
  const values = type === output.dtype ? inputs[1]! : castTo(writer, inputs[1]!, type);
  const rows = reshapeTo(writer, values, [outer, count, inner]);
  const front = outer === 1 ? rows : transposed(writer, rows, [1, 0, 2]);
  const zeros = writer.node("Expand", [
    writer.scalar(type, 0),
    writer.ints([attrs.size, outer, inner]),
  ]);
  const index = reshapeTo(writer, castTo(writer, inputs[0]!, "i64"), [count, 1]);
  const summed = writer.node(
    "ScatterND",
    [zeros, index, outer === 1 ? reshapeTo(writer, front, [count, 1, inner]) : front],
    { attributes: { reduction: "add" } },
  );
  const back = outer === 1 ? summed : transposed(writer, summed, [1, 0, 2]);
  const result = reshapeTo(writer, back, output.shape);
  return type === output.dtype ? result : castTo(writer, result, output.dtype);
};

/** Reversed axes: a Slice with step -1. */
export const reverse: Lowering<"reverse"> = ({ writer, inputs, types, attrs }) => {
  const axes = attrs.axes.map((axis) => axisOf(axis, types[0]!.shape.length));
  if (axes.length === 0) return inputs[0]!;
  const all = (value: number): Edge => writer.ints(axes.map(() => value));
  return writer.node("Slice", [inputs[0]!, all(-1), all(BEFORE_FIRST), writer.ints(axes), all(-1)]);
};

/** Counting along an axis: a constant vector, repeated along the others. */
export const iota: Lowering<"iota"> = ({ writer, output, attrs }) => {
  const axis = axisOf(attrs.axis, output.shape.length);
  const size = output.shape[axis]!;
  const along = output.shape.map((_, i) => (i === axis ? size : 1));
  const counts = writer.constant(
    output.dtype,
    along,
    Array.from({ length: size }, (_, i) => i),
  );
  return sizeOf(output.shape) === size
    ? counts
    : writer.node("Expand", [counts, writer.ints(output.shape)]);
};
