// The gradient of a convolution by its filter as matrix products, one per position of the window. The engine's Conv
// would do it too, but with a window the size of the image it keeps its product kernels at a third of their speed.
import { sizeOf, type AttrsOf, type TensorType } from "@fastgpu/core";
import type { Edge, ModelWriter } from "../model/model-writer.ts";
import type { Pieces } from "./layouts.ts";
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

/** Whether the pieces of dy suit: a plane of few channels, whose patches are small beside dy. */
export function isByPieces(types: readonly TensorType[], attrs: FilterGradAttrs): boolean {
  const [x] = types;
  const [, channels = 0] = x?.shape ?? [];
  return (
    x?.dtype === "f32" &&
    x.shape.length === 4 &&
    attrs.groups === 1 &&
    channels < minChannels &&
    sizeOf(attrs.filterShape.slice(2)) <= maxPositions
  );
}

/**
 * The same from a dy in pieces [n, co / b, o, b]: for each piece, image and block of channels the product of the patches
 * of x [k ci, o] that the piece met and the piece; then their sum.
 */
export function filterGradByPieces(
  writer: ModelWriter,
  x: Edge,
  { edges, window: tile }: Pieces,
  types: readonly TensorType[],
  attrs: FilterGradAttrs,
  block: number,
): Edge {
  const [batch = 1, channels = 1] = types[0]!.shape;
  const [, outChannels = 1, ...spatial] = types[1]!.shape;
  const outputs = spatial.map((size, axis) => size / tile[axis]!);
  const window = attrs.filterShape.slice(2);
  const positions = positionsOf(window);
  const pixels = sizeOf(outputs);
  const padded = padSpatial(writer, x, attrs.padding);
  const strides = attrs.strides.map((stride, axis) => stride * tile[axis]!);
  const parts = new Map<string, Edge>();
  const partAt = (starts: readonly number[]): Edge => {
    const key = starts.join();
    const part = parts.get(key) ?? boxOf(writer, padded, starts, outputs, strides);
    parts.set(key, part);
    return part;
  };
  const products = positionsOf(tile).map((at, i) => {
    const seen = positions.map((position) =>
      partAt(
        position.map((k, axis) => at[axis]! * attrs.strides[axis]! + k * attrs.dilations[axis]!),
      ),
    );
    const patches = writer.node("Concat", seen, { attributes: { axis: 1 } });
    const rows = reshapeTo(writer, patches, [batch, 1, positions.length * channels, pixels]);
    const piece = reshapeTo(writer, edges[i]!, [batch, outChannels / block, pixels, block]);
    return writer.node("MatMul", [rows, piece]);
  });
  const sum = products.length === 1 ? products[0]! : writer.node("Sum", products);
  const total = writer.node("ReduceSum", [sum, writer.ints([0])], { attributes: { keepdims: 0 } });
  const apart = reshapeTo(writer, total, [outChannels / block, ...window, channels, block]);
  return reshapeTo(writer, transposed(writer, apart, [0, 4, 3, 1, 2]), attrs.filterShape);
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
  return boxOf(writer, padded, starts, outputs, strides);
}

/** A strided box of the spatial axes. */
function boxOf(
  writer: ModelWriter,
  x: Edge,
  starts: readonly number[],
  outputs: readonly number[],
  strides: readonly number[],
): Edge {
  const limits = starts.map((start, axis) => start + (outputs[axis]! - 1) * strides[axis]! + 1);
  return writer.node("Slice", [
    x,
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
