// Convolution and its gradient by the input, channels last. One spatial axis is an image of height 1; three have a kernel
// of their own. The gradient by the input is a convolution too: of dy, spread out by the strides, with the filter turned.
import { sizeOf, type AttrsOf, type Shape } from "@fastgpu/core";
import type { Edge } from "../tape/tape.ts";
import type { TapeWriter } from "../tape/tape-writer.ts";
import { joined, padded, reshaped, sliced, transposed } from "./kernels.ts";
import type { Lowering, Placed } from "./lowering.ts";

type ConvAttrs = AttrsOf<"conv">;
type Windows = Pick<ConvAttrs, "strides" | "padding" | "dilations">;
type Pairs = readonly (readonly [number, number])[];

/** A convolution of registers: x [n, ...s, ci] with a filter [...k, ci / groups, co]. */
export interface Convolution {
  readonly strides: readonly number[];
  readonly padding: Pairs;
  readonly dilations: readonly number[];
  readonly groups: number;
}

/** Cross-correlation. */
export const conv: Lowering<"conv"> = ({ tape, inputs, types, attrs }) => {
  const x = inputs[0]!.in("channelsLast");
  const filter = filterLast(tape, inputs[1]!.in("rows"), types[1]!.shape.length);
  return { edge: convolved(tape, x, filter, attrs), layout: "channelsLast" };
};

/** dx = conv(dy spread by strides, filter turned by half a turn), channels exchanged. */
export const convInputGrad: Lowering<"convInputGrad"> = ({ tape, inputs, types, attrs }) => {
  const { strides, dilations, padding, groups, inputShape } = attrs;
  const [outChannels = 1, inPerGroup = 1, ...window] = types[1]!.shape;
  const outputs = types[0]!.shape.slice(2);
  const sizes = inputShape.slice(2);
  const spreadOut = spacedBy(tape, inputs[0]!.in("channelsLast"), strides);
  const lows = window.map((size, axis) => dilations[axis]! * (size - 1) - padding[axis]![0]);
  const pairs = window.map((size, axis): [number, number] => {
    const length = (outputs[axis]! - 1) * strides[axis]! + 1;
    return [lows[axis]!, sizes[axis]! + dilations[axis]! * (size - 1) - length - lows[axis]!];
  });
  const dy = cropped(tape, spreadOut, pairs);
  const turned = turnedFilter(tape, inputs[1]!.in("rows"), {
    groups,
    outPerGroup: outChannels / groups,
    inPerGroup,
    window,
  });
  const edge = convolved(tape, dy, turned, {
    strides: window.map(() => 1),
    padding: pairs.map(([low, high]) => [Math.max(0, low), Math.max(0, high)] as const),
    dilations,
    groups,
  });
  return { edge, layout: "channelsLast" } satisfies Placed;
};

/** A filter [co, ci, ...k] as [...k, ci, co]. */
export function filterLast(tape: TapeWriter, filter: Edge, rank: number): Edge {
  return transposed(tape, filter, [...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1, 0]);
}

/** Adds a convolution, split where groups need it. */
export function convolved(
  tape: TapeWriter,
  x: Edge,
  filter: Edge,
  { strides, padding, dilations, groups }: Convolution,
): Edge {
  const channels = tape.typeOf(x).shape.at(-1)!;
  const filterShape = tape.typeOf(filter).shape;
  const outChannels = filterShape.at(-1)!;
  const whole = { strides, padding, dilations, groups: 1 };
  if (groups === 1) return plain(tape, x, filter, whole);
  if (groups === channels && strides.length < 3) return depthwise(tape, x, filter, whole);
  const [perGroup, outPerGroup] = [channels / groups, outChannels / groups];
  const parts = Array.from({ length: groups }, (_, group) => {
    const ofX = lastChannels(tape, x, group * perGroup, perGroup);
    const ofFilter = lastChannels(tape, filter, group * outPerGroup, outPerGroup);
    return plain(tape, ofX, ofFilter, whole);
  });
  return joined(tape, parts, tape.typeOf(x).shape.length - 1);
}

/** Channels `start` to `start + count` of a value that has them last. */
export function lastChannels(tape: TapeWriter, x: Edge, start: number, count: number): Edge {
  const { shape } = tape.typeOf(x);
  const begin = [...shape.slice(1).map(() => 0), start];
  return sliced(tape, x, begin, [...shape.slice(0, -1), count]);
}

function plain(tape: TapeWriter, x: Edge, filter: Edge, given: Convolution): Edge {
  const { shape } = tape.typeOf(x);
  const rank = shape.length - 2;
  if (rank === 3) return volume(tape, x, filter, given);
  const { strides, padding, dilations } = asImage(given);
  const image = reshaped(tape, x, imageShape(shape));
  const window = reshaped(tape, filter, imageWindow(tape.typeOf(filter).shape));
  const out = outputShape(tape.typeOf(image).shape, tape.typeOf(window).shape, {
    strides,
    padding,
    dilations,
    groups: 1,
  });
  const attrs = {
    strides,
    pad: explicit(padding),
    dataFormat: "NHWC",
    dilations,
    dimRoundingMode: undefined,
  };
  const result = tape.call("Conv2D", { x: image, filter: window }, attrs, {
    dtype: "float32",
    shape: out,
  });
  return rank === 1 ? reshaped(tape, result, [out[0]!, out[2]!, out[3]!]) : result;
}

/** One filter per channel: the kernel wants [kh, kw, ci, multiplier]. */
function depthwise(tape: TapeWriter, x: Edge, filter: Edge, given: Convolution): Edge {
  const { shape } = tape.typeOf(x);
  const channels = shape.at(-1)!;
  const { strides, padding, dilations } = asImage(given);
  const image = reshaped(tape, x, imageShape(shape));
  const [height = 1, width = 1, , outChannels = 1] = imageWindow(tape.typeOf(filter).shape);
  const window = reshaped(tape, filter, [height, width, channels, outChannels / channels]);
  const out = outputShape(tape.typeOf(image).shape, [height, width, 1, outChannels], {
    strides,
    padding,
    dilations,
    groups: 1,
  });
  const attrs = {
    strides,
    pad: explicit(padding),
    dataFormat: "NHWC",
    dilations,
    dimRoundingMode: undefined,
  };
  const result = tape.call("DepthwiseConv2dNative", { x: image, filter: window }, attrs, {
    dtype: "float32",
    shape: out,
  });
  return shape.length === 3 ? reshaped(tape, result, [out[0]!, out[2]!, out[3]!]) : result;
}

/** Three spatial axes. The kernel pads by rule only and does not dilate on every engine, so both are done before. */
function volume(tape: TapeWriter, x: Edge, filter: Edge, given: Convolution): Edge {
  const { strides, padding, dilations } = given;
  const wide = padded(tape, x, [[0, 0], ...padding, [0, 0]]);
  const [depth, height, width, ...channels] = tape.typeOf(filter).shape;
  const first = reshaped(tape, filter, [1, depth!, height!, width!, sizeOf(channels)]);
  const spreadOut = spacedBy(tape, first, dilations);
  const window = reshaped(tape, spreadOut, [
    ...tape.typeOf(spreadOut).shape.slice(1, 4),
    ...channels,
  ]);
  const shape = outputShape(tape.typeOf(wide).shape, tape.typeOf(window).shape, {
    strides,
    padding: padding.map(() => [0, 0] as const),
    dilations: dilations.map(() => 1),
    groups: 1,
  });
  const attrs = { strides, pad: "valid", dataFormat: "NDHWC", dilations: [1, 1, 1] };
  return tape.call("Conv3D", { x: wide, filter: window }, attrs, { dtype: "float32", shape });
}

/** The filter [co, ci / groups, ...k] turned by half a turn as [...k, co / groups, ci]. */
function turnedFilter(
  tape: TapeWriter,
  filter: Edge,
  sizes: {
    readonly groups: number;
    readonly outPerGroup: number;
    readonly inPerGroup: number;
    readonly window: Shape;
  },
): Edge {
  const { groups, outPerGroup, inPerGroup, window } = sizes;
  const apart = reshaped(tape, filter, [groups, outPerGroup, inPerGroup, sizeOf(window)]);
  // Row-major order backwards over all positions is half a turn.
  const last = transposed(tape, apart, [3, 1, 0, 2]);
  const flat = reshaped(tape, last, [sizeOf(window), outPerGroup * groups * inPerGroup]);
  const type = tape.typeOf(flat);
  const turned =
    sizeOf(window) === 1 ? flat : tape.call("Reverse", { x: flat }, { dims: [0] }, type);
  return reshaped(tape, turned, [...window, outPerGroup, groups * inPerGroup]);
}

/** Zeros between neighbours along each spatial axis of [n, ...s, c], `steps - 1` of them. */
export function spacedBy(tape: TapeWriter, x: Edge, steps: readonly number[]): Edge {
  return steps.reduce((edge, step, at) => {
    const axis = at + 1;
    const { shape } = tape.typeOf(edge);
    const size = shape[axis]!;
    if (step === 1 || size <= 1) return edge;
    const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
    const apart = reshaped(tape, edge, [outer * size, 1, inner]);
    const wide = padded(tape, apart, [
      [0, 0],
      [0, step - 1],
      [0, 0],
    ]);
    const flat = reshaped(tape, wide, [outer, size * step, inner]);
    const length = (size - 1) * step + 1;
    const cut = sliced(tape, flat, [0, 0, 0], [outer, length, inner]);
    return reshaped(
      tape,
      cut,
      shape.map((other, i) => (i === axis ? length : other)),
    );
  }, x);
}

/** What negative pairs take away from [n, ...s, c]. */
export function cropped(tape: TapeWriter, x: Edge, pairs: Pairs): Edge {
  if (pairs.every(([low, high]) => low >= 0 && high >= 0)) return x;
  const { shape } = tape.typeOf(x);
  const begin = [0, ...pairs.map(([low]) => Math.max(0, -low)), 0];
  const size = shape.map((length, axis) => {
    const pair = pairs[axis - 1];
    return pair === undefined ? length : length - Math.max(0, -pair[0]) - Math.max(0, -pair[1]);
  });
  return sliced(tape, x, begin, size);
}

/** Attributes for one spatial axis as those of an image of height 1. */
export function asImage(given: Windows): Windows {
  if (given.strides.length !== 1) return given;
  return {
    strides: [1, ...given.strides],
    padding: [[0, 0], ...given.padding],
    dilations: [1, ...given.dilations],
  };
}

/** [n, w, c] as [n, 1, w, c]. */
export function imageShape(shape: Shape): number[] {
  return shape.length === 3 ? [shape[0]!, 1, shape[1]!, shape[2]!] : [...shape];
}

function imageWindow(shape: Shape): number[] {
  return shape.length === 3 ? [1, ...shape] : [...shape];
}

/** Padding as kernels take it: pairs for all four axes. */
export function explicit(padding: Pairs): number[][] {
  return [[0, 0], ...padding.map(([low, high]) => [low, high]), [0, 0]];
}

/** Shape of a convolution of [n, ...s, ci] with [...k, ci, co]. */
function outputShape(
  x: Shape,
  filter: Shape,
  { strides, padding, dilations }: Convolution,
): number[] {
  const spatial = x.slice(1, -1).map((size, axis) => {
    const [low, high] = padding[axis]!;
    const reach = dilations[axis]! * (filter[axis]! - 1) + 1;
    return Math.floor((size + low + high - reach) / strides[axis]!) + 1;
  });
  return [x[0]!, ...spatial, filter.at(-1)!];
}
