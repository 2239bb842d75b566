// Convolutions in the engine's own blocked layout, [n, c / b, h, w, b], through its internal operators. The engine uses
// them by itself where filters are constant; in training they are not, and its plain kernels are a third slower. The
// operators are not documented and the size of a block depends on the processor: see session/blocked-probe.ts.
import { sizeOf, type AttrsOf, type TensorType } from "@fastgpu/core";
import type { Edge, ModelWriter, OnnxAttribute } from "../model/model-writer.ts";
import { blockedDomain as domain } from "./layouts.ts";
import { reshapeTo, transposed } from "./lowering.ts";

/** Ends of a Slice that runs backwards to the first element: any number below -size. */
const BEFORE_FIRST = -(2 ** 31) + 1;

/** A convolution's operands: x in blocks, or plain if it has fewer channels than a block; the filter as [co, ci, ...k], the bias [co] if there is one. */
export interface ConvOperands {
  readonly x: Edge;
  readonly filter: Edge;
  readonly bias?: Edge | undefined;
  readonly outChannels: number;
  readonly inChannels: number;
  readonly window: readonly number[];
}

/** Whether x [n, ci, h, w] and a filter of [co, ci, ...k] fit blocks; a 1x1 window is a product that needs none. */
export function isBlockable(
  x: TensorType | undefined,
  outChannels: number,
  window: readonly number[],
  groups: number,
  block: number,
): boolean {
  return (
    x?.dtype === "f32" &&
    x.shape.length === 4 &&
    groups === 1 &&
    sizeOf(window) > 1 &&
    outChannels % block === 0 &&
    (x.shape[1] ?? 1) % block === 0
  );
}

/** Whether the kernel takes a plain x [n, ci, h, w] of few channels, an image, and leaves blocks. */
export function isStem(
  x: TensorType | undefined,
  outChannels: number,
  groups: number,
  block: number,
): boolean {
  return (
    x?.dtype === "f32" &&
    x.shape.length === 4 &&
    groups === 1 &&
    outChannels % block === 0 &&
    (x.shape[1] ?? 1) < block
  );
}

/**
 * Convolutions [n, co, ...o] of x, in blocks, one for each list of attributes; the filter is brought into the order that
 * the kernel walks.
 */
export function blockedConv(
  writer: ModelWriter,
  { x, filter, bias, outChannels, inChannels, window }: ConvOperands,
  attributes: readonly Readonly<Record<string, OnnxAttribute>>[],
  block: number,
): Edge[] {
  // The kernel walks filters as [co / b, ci / b, ...k, b of ci, b of co], of a plain x as [co / b, ci, ...k, b of co].
  const isPlain = inChannels < block;
  const apart = isPlain
    ? [outChannels / block, block, inChannels, ...window]
    : [outChannels / block, block, inChannels / block, block, ...window];
  const order = isPlain ? [0, 2, 3, 4, 1] : [0, 2, 4, 5, 3, 1];
  const blocks = transposed(writer, reshapeTo(writer, filter, apart), order);
  const blockedFilter = reshapeTo(writer, blocks, [outChannels, inChannels, ...window]);
  const operands = [x, blockedFilter, ...(bias === undefined ? [] : [bias])];
  return attributes.map((each) => writer.node("Conv", operands, { domain, attributes: each }));
}

/** Whether the gradient by the input is itself a plain convolution: nothing skipped, padding within the window. */
export function isInputGradBlockable(
  dy: TensorType | undefined,
  filter: TensorType | undefined,
  { strides, dilations, groups, padding }: AttrsOf<"convInputGrad">,
  block: number,
): boolean {
  const [, inChannels = 1, ...window] = filter?.shape ?? [];
  return (
    [...strides, ...dilations].every((step) => step === 1) &&
    padding.every((sides, axis) => sides.every((side) => side < (window[axis] ?? 0))) &&
    isBlockable(dy, inChannels, window, groups, block)
  );
}

/**
 * dx[ci] = sum over co of dy[co] convolved with the filter turned by half a turn: padding window - 1 - that of the
 * convolution, channels exchanged. dy and dx in blocks.
 */
export function blockedInputGrad(
  writer: ModelWriter,
  [dy, filter]: readonly [Edge, Edge],
  filterType: TensorType,
  { padding }: AttrsOf<"convInputGrad">,
  block: number,
): Edge {
  const [outChannels = 1, inChannels = 1, ...window] = filterType.shape;
  const turned = writer.node("Slice", [
    filter,
    writer.ints([-1, -1]),
    writer.ints([BEFORE_FIRST, BEFORE_FIRST]),
    writer.ints([2, 3]),
    writer.ints([-1, -1]),
  ]);
  const rest = (side: 0 | 1): number[] =>
    window.map((size, axis) => size - 1 - (padding[axis]?.[side] ?? 0));
  const operands = {
    x: dy,
    filter: transposed(writer, turned, [1, 0, 2, 3]),
    outChannels: inChannels,
    inChannels: outChannels,
    window,
  };
  const ones = window.map(() => 1);
  const attributes = {
    kernel_shape: window,
    strides: ones,
    dilations: ones,
    group: 1,
    pads: [...rest(0), ...rest(1)],
  };
  return blockedConv(writer, operands, [attributes], block)[0]!;
}
