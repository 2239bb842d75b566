// Reductions and searches.
import { isFloat, sizeOf, type AttrsOf } from "@fastgpu/core";
import type { Edge } from "../tape/tape.ts";
import {
  binaryKernel,
  castTo,
  filled,
  filledConstant,
  reshaped,
  scalar,
  selected,
  spread,
  transposed,
} from "./kernels.ts";
import {
  axisOf,
  rowsOf,
  toLast,
  type Layout,
  type Lowering,
  type LoweringContext,
  type LoweringOf,
} from "./lowering.ts";

type ReduceAttrs = AttrsOf<"reduceSum">;
type Context = LoweringContext<ReduceAttrs>;

/** A reduction in the layout of its operand, where the result's order of axes does not depend on that. */
function reduction(
  reduce: (context: Context, x: Edge, axes: number[]) => Edge,
): LoweringOf<ReduceAttrs> {
  return (context) => {
    const { inputs, types, output, attrs, tape } = context;
    if (attrs.axes.length === 0)
      return { edge: inputs[0]!.in(inputs[0]!.layout), layout: inputs[0]!.layout };
    const rank = types[0]!.shape.length;
    const axes = attrs.axes.map((axis) => axisOf(axis, rank));
    const isOrderFree = attrs.keepDims || output.shape.filter((size) => size > 1).length <= 1;
    const layout: Layout =
      inputs[0]!.layout === "channelsLast" && isOrderFree ? "channelsLast" : "rows";
    const x = inputs[0]!.in(layout);
    const placed = layout === "rows" ? axes : axes.map((axis) => toLast(rank).indexOf(axis));
    const kept = reduce(context, x, placed);
    if (attrs.keepDims) return { edge: kept, layout };
    return reshaped(tape, kept, output.shape);
  };
}

/** A reduction by one kernel, to size 1 along the axes. */
function kernelReduction(context: Context, kernel: Kernel, x: Edge, axes: readonly number[]): Edge {
  const { tape, traits } = context;
  const { dtype, shape } = tape.typeOf(x);
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const rest = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const sorted = [...axes].sort((a, b) => a - b);
  const isTrailing = sorted.every((axis, i) => axis === rest.length + i);
  if (!isTrailing && traits.reducesAnyAxis && shape.length <= 4) {
    const attrs = { [axesNameOf[kernel]]: sorted, keepDims: true };
    return tape.call(kernel, { x }, attrs, { dtype, shape: kept });
  }
  const rows = sizeOf(rest.map((axis) => shape[axis]!));
  const moved = transposed(tape, x, [...rest, ...sorted]);
  const flat = reshaped(tape, moved, [rows, sizeOf(sorted.map((axis) => shape[axis]!))]);
  const attrs = { [axesNameOf[kernel]]: [1], keepDims: true };
  return reshaped(tape, tape.call(kernel, { x: flat }, attrs, { dtype, shape: [rows, 1] }), kept);
}

type Kernel = "Sum" | "Prod" | "Max" | "Min";

/** What the kernels call their axes. */
const axesNameOf: { readonly [K in Kernel]: string } = {
  Sum: "axis",
  Prod: "axis",
  Max: "reductionIndices",
  Min: "axis",
};

/** Sum over axes. */
export const reduceSum: Lowering<"reduceSum"> = reduction((context, x, axes) =>
  kernelReduction(context, "Sum", x, axes),
);

/** Product over axes. */
export const reduceProd: Lowering<"reduceProd"> = reduction((context, x, axes) =>
  kernelReduction(context, "Prod", x, axes),
);

/** A largest or smallest element; whether one is NaN is asked separately, since kernels pass over it or not. */
function extreme(kernel: "Max" | "Min"): LoweringOf<ReduceAttrs> {
  return reduction((context, x, axes) => {
    const { tape, output } = context;
    const result = kernelReduction(context, kernel, x, axes);
    if (!isFloat(output.dtype)) return result;
    const { shape } = tape.typeOf(x);
    const flags = castTo(tape, tape.call("IsNan", { x }, {}, { dtype: "bool", shape }), "float32");
    const any = kernelReduction(context, "Max", flags, axes);
    const isAny = binaryKernel(tape, "NotEqual", any, scalar(tape, 0, "float32"), "bool");
    const nan = spread(tape, scalar(tape, NaN, "float32"), tape.typeOf(result).shape);
    return selected(tape, isAny, nan, result);
  });
}

/** Largest element over axes. */
export const reduceMax: Lowering<"reduceMax"> = extreme("Max");
/** Smallest element over axes. */
export const reduceMin: Lowering<"reduceMin"> = extreme("Min");

/** First position of the largest element. */
export const argMax: Lowering<"argMax"> = (context) => {
  const { tape, types, output, attrs } = context;
  const { shape } = types[0]!;
  const axis = axisOf(attrs.axis, shape.length);
  if (!context.traits.hasArgMax) return firstOfMaxima(context, axis);
  const result = tape.call(
    "ArgMax",
    { x: rowsOf(context) },
    { axis },
    { dtype: "int32", shape: shape.filter((_, i) => i !== axis) },
  );
  return reshaped(tape, result, output.shape);
};

/** The smallest of the positions that hold the largest element. */
function firstOfMaxima(context: LoweringContext<AttrsOf<"argMax">>, axis: number): Edge {
  const { tape, types, output } = context;
  const x = rowsOf(context);
  const { shape } = tape.typeOf(x);
  const reduce = { ...context, types, attrs: { axes: [axis], keepDims: true } };
  const largest = spread(tape, kernelReduction(reduce, "Max", x, [axis]), shape);
  const isLargest = binaryKernel(tape, "Equal", x, largest, "bool");
  const size = shape[axis]!;
  const along = shape.map((_, i) => (i === axis ? size : 1));
  const counts = Array.from({ length: size }, (_, i) => i);
  const positions = spread(
    tape,
    filledConstant(tape, { dtype: "float32", shape: along }, counts),
    shape,
  );
  const none = filled(tape, { dtype: "float32", shape }, size);
  const found = selected(tape, isLargest, positions, none);
  const first = kernelReduction(reduce, "Min", found, [axis]);
  return reshaped(tape, castTo(tape, first, "int32"), output.shape);
}
