// Reductions. The sum kernel lacks the 8-bit integers, which go through i32 and wrap on the way back.
import { isFloat, type AttrsOf } from "@fastgpu/core";
import {
  axisOf,
  castTo,
  reshapeTo,
  sliceAxes,
  transposed,
  type Lowering,
  type LoweringOf,
} from "./lowering.ts";

/** A reduction that is one ONNX node. */
export function reduction(type: string, isNarrowMissing = false): LoweringOf<AttrsOf<"reduceSum">> {
  return ({ writer, inputs, types, output, attrs }) => {
    // In ONNX an empty list of axes means all of them.
    if (attrs.axes.length === 0) return inputs[0]!;
    const axes = attrs.axes.map((axis) => axisOf(axis, types[0]!.shape.length));
    const isNarrow = isNarrowMissing && (output.dtype === "i8" || output.dtype === "u8");
    const x = isNarrow ? castTo(writer, inputs[0]!, "i32") : inputs[0]!;
    const options = { attributes: { keepdims: attrs.keepDims ? 1 : 0 } };
    const result = writer.node(type, [x, writer.ints(axes)], options);
    return isNarrow ? castTo(writer, result, output.dtype) : result;
  };
}

const generalSum = reduction("ReduceSum", true);

/** Sum over axes. The rows of a matrix are summed by a product with ones, four times as fast as ReduceSum's column walk. */
export const reduceSum: Lowering<"reduceSum"> = (context) => {
  const { writer, inputs, types, output, attrs } = context;
  const [rows] = types[0]!.shape;
  const isRowSum =
    output.dtype === "f32" &&
    types[0]!.shape.length === 2 &&
    attrs.axes.length === 1 &&
    axisOf(attrs.axes[0]!, 2) === 0;
  if (!isRowSum || rows === undefined) return generalSum(context);
  const ones = writer.constant(
    "f32",
    attrs.keepDims ? [1, rows] : [rows],
    new Array<number>(rows).fill(1),
  );
  return writer.node("MatMul", [ones, inputs[0]!]);
};

const generalProduct = reduction("ReduceProd");

/** Product over axes. ReduceProd saturates integers, which must wrap; those are multiplied half by half. */
export const reduceProd: Lowering<"reduceProd"> = (context) => {
  const { writer, inputs, types, output, attrs } = context;
  if (isFloat(output.dtype) || attrs.axes.length === 0) return generalProduct(context);
  const { shape } = types[0]!;
  const reduced = attrs.axes.map((axis) => axisOf(axis, shape.length));
  const kept = shape.map((_, axis) => axis).filter((axis) => !reduced.includes(axis));
  let count = reduced.reduce((product, axis) => product * shape[axis]!, 1);
  const rest = kept.reduce((product, axis) => product * shape[axis]!, 1);
  const front = transposed(writer, inputs[0]!, [...reduced, ...kept]);
  let factors = reshapeTo(writer, front, [count, rest]);
  while (count > 1) {
    const half = Math.floor(count / 2);
    const [low, high] = [0, half].map((at) => sliceAxes(writer, factors, [0], [at], [at + half]));
    const products = writer.node("Mul", [low!, high!]);
    const isOdd = count % 2 === 1;
    factors = isOdd
      ? writer.node("Concat", [products, sliceAxes(writer, factors, [0], [count - 1], [count])], {
          attributes: { axis: 0 },
        })
      : products;
    count = half + (isOdd ? 1 : 0);
  }
  return reshapeTo(writer, factors, output.shape);
};
/** A largest or smallest element. The kernels pass over NaN, so whether there is one is a reduction of its own. */
function extreme(type: "ReduceMax" | "ReduceMin"): LoweringOf<AttrsOf<"reduceMax">> {
  const plain = reduction(type);
  const isAny = reduction("ReduceMax");
  return (context) => {
    const result = plain(context);
    const { writer, inputs, types, output, attrs } = context;
    if (!isFloat(output.dtype) || attrs.axes.length === 0) return result;
    const flags = castTo(writer, writer.node("IsNaN", inputs), "u8");
    const dtype = "u8";
    const any = isAny({
      ...context,
      inputs: [flags],
      types: [{ dtype, shape: types[0]!.shape }],
      output: { dtype, shape: output.shape },
    });
    const nan = writer.scalar(output.dtype, NaN);
    return writer.node("Where", [castTo(writer, any, "bool"), nan, result]);
  };
}

/** Largest element over axes. */
export const reduceMax: Lowering<"reduceMax"> = extreme("ReduceMax");
/** Smallest element over axes. */
export const reduceMin: Lowering<"reduceMin"> = extreme("ReduceMin");

/** First position of the largest element. */
export const argMax: Lowering<"argMax"> = ({ writer, inputs, types, attrs }) => {
  const axis = axisOf(attrs.axis, types[0]!.shape.length);
  const attributes = { axis, keepdims: attrs.keepDims ? 1 : 0, select_last_index: 0 };
  return castTo(writer, writer.node("ArgMax", inputs, { attributes }), "i32");
};
