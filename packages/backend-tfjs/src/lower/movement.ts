// Primitives that move elements: shapes, slices, padding, gathers and scatters.
import { sizeOf } from "@fastgpu/core";
import {
  binaryKernel,
  castTo,
  filledConstant,
  joined,
  padded,
  reshaped,
  scalar,
  sliced,
  spread,
  strided,
  transposed,
} from "./kernels.ts";
import { axisOf, rowsOf, type Lowering } from "./lowering.ts";
import { kernelDType } from "../tape/kernel-type.ts";

/** Same elements, other shape. */
export const reshape: Lowering<"reshape"> = (context) =>
  reshaped(context.tape, rowsOf(context), context.output.shape);

/** Permutation of axes. */
export const transpose: Lowering<"transpose"> = (context) =>
  transposed(context.tape, rowsOf(context), context.attrs.permutation);

/** Repetition along axes of size 1 and new leading axes. */
export const broadcastTo: Lowering<"broadcastTo"> = (context) =>
  spread(context.tape, rowsOf(context), context.output.shape);

/** A strided box. */
export const slice: Lowering<"slice"> = (context) => {
  const { starts, limits, strides } = context.attrs;
  if (starts.length === 0) return rowsOf(context);
  const { tape, traits } = context;
  return strided(tape, traits.hasStridedSlices, rowsOf(context), starts, limits, strides);
};

/** Padding around and between elements. The gaps become a new axis after each that has some, padded and merged. */
export const pad: Lowering<"pad"> = (context) => {
  const { tape, types, attrs } = context;
  const { low, high, interior, value } = attrs;
  const { shape } = types[0]!;
  let x = rowsOf(context);
  interior.forEach((gap, axis) => {
    if (gap > 0 && shape[axis]! > 1) x = spaced(context, x, axis, gap, value);
  });
  return padded(
    tape,
    x,
    low.map((size, axis) => [size, high[axis]!]),
    value,
  );
};

/** x with `gap` elements of `value` between neighbours along an axis. */
function spaced(
  { tape }: Parameters<Lowering<"pad">>[0],
  x: number,
  axis: number,
  gap: number,
  value: number,
): number {
  const { shape } = tape.typeOf(x);
  const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
  const size = shape[axis]!;
  const apart = reshaped(tape, x, [outer * size, 1, inner]);
  const wide = padded(
    tape,
    apart,
    [
      [0, 0],
      [0, gap],
      [0, 0],
    ],
    value,
  );
  const flat = reshaped(tape, wide, [outer, size * (gap + 1), inner]);
  const length = size + (size - 1) * gap;
  const cut = sliced(tape, flat, [0, 0, 0], [outer, length, inner]);
  return reshaped(
    tape,
    cut,
    shape.map((other, i) => (i === axis ? length : other)),
  );
}

/** Concatenation. */
export const concat: Lowering<"concat"> = ({ tape, inputs, output, attrs }) =>
  joined(
    tape,
    inputs.map((input) => input.in("rows")),
    axisOf(attrs.axis, output.shape.length),
  );

/** Rows by index; the kernels check the indices. */
export const gather: Lowering<"gather"> = (context) => {
  const { tape, types, output, attrs } = context;
  const axis = axisOf(attrs.axis, types[0]!.shape.length);
  const isScalar = types[1]!.shape.length === 0;
  const indices = isScalar ? reshaped(tape, rowsOf(context, 1), [1]) : rowsOf(context, 1);
  const shape = isScalar ? types[0]!.shape.map((size, i) => (i === axis ? 1 : size)) : output.shape;
  const type = { dtype: kernelDType(output.dtype), shape };
  const rows = tape.call("GatherV2", { x: rowsOf(context), indices }, { axis, batchDims: 0 }, type);
  return reshaped(tape, rows, output.shape);
};

/** Sums of rows by index, the indexed axis brought to the front. The kernels do not check indices, so they are clamped. */
export const scatterAdd: Lowering<"scatterAdd"> = (context) => {
  const { tape, types, output, attrs } = context;
  const axis = axisOf(attrs.axis, output.shape.length);
  const [at, updates] = [types[0]!, types[1]!];
  const count = sizeOf(at.shape);
  const outer = sizeOf(updates.shape.slice(0, axis));
  const inner = sizeOf(updates.shape.slice(axis + at.shape.length));
  const rows = reshaped(tape, rowsOf(context, 1), [outer, count, inner]);
  const front = reshaped(tape, transposed(tape, rows, [1, 0, 2]), [count, outer * inner]);
  const last = scalar(tape, attrs.size - 1, "int32");
  const flat = reshaped(tape, rowsOf(context, 0), [count]);
  const capped = binaryKernel(tape, "Minimum", flat, last);
  const inside = binaryKernel(tape, "Maximum", capped, scalar(tape, 0, "int32"));
  const summed = tape.call(
    "ScatterNd",
    { indices: reshaped(tape, inside, [count, 1]), updates: front },
    { shape: [attrs.size, outer * inner] },
    { dtype: kernelDType(output.dtype), shape: [attrs.size, outer * inner] },
  );
  const apart = reshaped(tape, summed, [attrs.size, outer, inner]);
  return reshaped(tape, transposed(tape, apart, [1, 0, 2]), output.shape);
};

/** Reversed axes. */
export const reverse: Lowering<"reverse"> = (context) => {
  const { tape, types, output, attrs } = context;
  const dims = attrs.axes.map((axis) => axisOf(axis, types[0]!.shape.length));
  const x = rowsOf(context);
  if (dims.length === 0) return x;
  // Some engines reverse floats only; bools and integers go through int32 at most.
  const isBool = output.dtype === "bool";
  const source = isBool ? castTo(tape, x, "int32") : x;
  const type = tape.typeOf(source);
  const result = tape.call("Reverse", { x: source }, { dims }, type);
  return isBool ? castTo(tape, result, "bool") : result;
};

/** Counting along an axis: a constant vector, repeated along the others. */
export const iota: Lowering<"iota"> = ({ tape, output, attrs }) => {
  const axis = axisOf(attrs.axis, output.shape.length);
  const size = output.shape[axis]!;
  const along = output.shape.map((_, i) => (i === axis ? size : 1));
  const counts = filledConstant(
    tape,
    { dtype: kernelDType(output.dtype), shape: along },
    Array.from({ length: size }, (_, i) => i),
  );
  return spread(tape, counts, output.shape);
};
