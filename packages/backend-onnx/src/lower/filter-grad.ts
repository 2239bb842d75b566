// The gradient of a convolution by its filter as matrix products, one per position of the window. The engine's Conv
// would do it too, but with a window the size of the image it keeps its product kernels at a third of their speed.
import { sizeOf, type AttrsOf, type TensorType } from "@fastgpu/core";
import type { Edge, ModelWriter } from "../model/model-writer.ts";
import { reshapeTo, transposed } from "./lowering.ts";

type FilterGradAttrs = AttrsOf<"convFilterGrad">;

/** Window positions up to which products pay; each is a copy of the input and a product. */
const maxPositions = 27;
/** Channels below which a product is too narrow to pay. */
const minChannels = 8;

/** Whether products are the faster form; measured on AVX-512, see docs/measurements/onnx-training-step.md. */
export function isByProducts(types: readonly TensorType[], attrs: FilterGradAttrs): boolean {
  const [x] = types;
  const [, channels = 0] = x?.shape ?? [];
  return (
    x?.dtype === "f32" &&
    attrs.groups === 1 &&
    channels >= minChannels &&
    sizeOf(attrs.filterShape.slice(2)) <= maxPositions
  );
}

/**
 * dw[co, ci, k] = sum over n, o of x[n, ci, o stride + k dilation - low] dy[n, co, o]: for each k the product of
 * dy [co, n o] and the part of x [ci, n o] that position k of the window saw.
 */
export function filterGradByProducts(
  writer: ModelWriter,
  [x, dy]: readonly [Edge, Edge],
  types: readonly TensorType[],
  attrs: FilterGradAttrs,
): Edge {
  const [batch, channels, ...spatial] = types[0]!.shape as [number, number, ...number[]];
  const [, outChannels, ...outputs] = types[1]!.shape as [number, number, ...number[]];
  const swap = [1, 0, ...spatial.map((_, axis) => axis + 2)];
  const columns = batch * sizeOf(outputs);
  const gradient = reshapeTo(writer, transposed(writer, dy, swap), [outChannels, columns]);
  const padded = padSpatial(writer, transposed(writer, x, swap), attrs.padding);
  const window = attrs.filterShape.slice(2);
  const parts = positionsOf(window).map((position) => {
    const seen = reshapeTo(writer, partSeen(writer, padded, position, outputs, attrs), [
      channels,
      columns,
    ]);
    const product = writer.node("Gemm", [gradient, seen], { attributes: { transB: 1 } });
    return reshapeTo(writer, product, [outChannels, channels, 1]);
  });
  const [only] = parts;
  const joined =
    parts.length === 1 && only !== undefined
      ? only
      : writer.node("Concat", parts, { attributes: { axis: 2 } });
  return reshapeTo(writer, joined, attrs.filterShape);
}

function padSpatial(writer: ModelWriter, x: Edge, padding: FilterGradAttrs["padding"]): Edge {
  if (padding.every(([low, high]) => low === 0 && high === 0)) return x;
  const lows = padding.map(([low]) => low);
  const highs = padding.map(([, high]) => high);
  return writer.node("Pad", [x, writer.ints([0, 0, ...lows, 0, 0, ...highs])]);
}

/** x [ci, n, ...s] -> the elements that position k of the window meets, [ci, n, ...o]. */
function partSeen(
  writer: ModelWriter,
  padded: Edge,
  position: readonly number[],
  outputs: readonly number[],
  { strides, dilations }: FilterGradAttrs,
): Edge {
  const starts = position.map((k, axis) => k * dilations[axis]!);
  const limits = starts.map((start, axis) => start + (outputs[axis]! - 1) * strides[axis]! + 1);
  return writer.node("Slice", [
    padded,
    writer.ints(starts),
    writer.ints(limits),
    writer.ints(outputs.map((_, axis) => axis + 2)),
    writer.ints(strides),
  ]);
}

/** Every position of a window, the last axis fastest. */
function positionsOf(window: readonly number[]): readonly (readonly number[])[] {
  return window.reduce<readonly (readonly number[])[]>(
    (all, size) => all.flatMap((head) => Array.from({ length: size }, (_, k) => [...head, k])),
    [[]],
  );
}
