// Convolutions in the engine's own blocked layout, [n, c / b, h, w, b], through its internal operators. The engine uses
// them by itself where filters are constant; in training they are not, and its plain kernels are a third slower. The
// operators are not documented and the size of a block depends on the processor: see session/blocked-probe.ts.
import { sizeOf, type AttrsOf, type TensorType } from "@fastgpu/core";
import type { Edge, ModelWriter, OnnxAttribute } from "../model/model-writer.ts";
import { reshapeTo, transposed } from "./lowering.ts";

const domain = "com.microsoft.nchwc";

/** Ends of a Slice that runs backwards to the first element: any number below -size. */
const BEFORE_FIRST = -(2 ** 31) + 1;

/** A convolution's operands: the filter as [co, ci, ...k], the bias [co] if there is one. */
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
  blockChannels: number | undefined,
): blockChannels is number {
  return (
    blockChannels !== undefined &&
    x?.dtype === "f32" &&
    x.shape.length === 4 &&
    groups === 1 &&
    sizeOf(window) > 1 &&
    outChannels % blockChannels === 0 &&
    (x.shape[1] ?? 1) % blockChannels === 0
  );
}

/** x [n, ci, h, w] -> the convolution [n, co, ...o], with its operands brought into blocks and the result out of them. */
export function blockedConv(
  writer: ModelWriter,
  { x, filter, bias, outChannels, inChannels, window }: ConvOperands,
  attributes: Readonly<Record<string, OnnxAttribute>>,
  block: number,
): Edge {
  // The kernel walks filters as [co / b, ci / b, ...k, b of ci, b of co].
  const apart = [outChannels / block, block, inChannels / block, block, ...window];
  const blocks = transposed(writer, reshapeTo(writer, filter, apart), [0, 2, 4, 5, 3, 1]);
  const blockedFilter = reshapeTo(writer, blocks, [outChannels, inChannels, ...window]);
  const blockedX = writer.node("ReorderInput", [x], { domain });
  const operands = [blockedX, blockedFilter, ...(bias === undefined ? [] : [bias])];
  const y = writer.node("Conv", operands, { domain, attributes });
  return writer.node("ReorderOutput", [y], { domain, attributes: { channels: outChannels } });
}

/** Whether the gradient by the input is itself a plain convolution: nothing skipped, padding within the window. */
export function isInputGradBlockable(
  dy: TensorType | undefined,
  filter: TensorType | undefined,
  { strides, dilations, groups, padding }: AttrsOf<"convInputGrad">,
  blockChannels: number | undefined,
): blockChannels is number {
  const [, inChannels = 1, ...window] = filter?.shape ?? [];
  return (
    [...strides, ...dilations].every((step) => step === 1) &&
    padding.every((sides, axis) => sides.every((side) => side < (window[axis] ?? 0))) &&
    isBlockable(dy, inChannels, window, groups, blockChannels)
  );
}

/**
 * dx[ci] = sum over co of dy[co] convolved with the filter turned by half a turn: padding window - 1 - that of the
 * convolution, channels exchanged.
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
  return blockedConv(writer, operands, attributes, block);
}
