// Pooling and its gradients.
import { sizeOf, type AttrsOf, type Shape } from "@fastgpu/core";
import type { Edge, ModelWriter } from "../model/model-writer.ts";
import { padsOf } from "./conv.ts";
import { castTo, reshapeTo, sliceAxes, transposed, type Lowering } from "./lowering.ts";

type PoolAttrs = AttrsOf<"maxPool">;

/** Largest element of each window. */
export const maxPool: Lowering<"maxPool"> = ({ writer, inputs, attrs }) =>
  writer.node("MaxPool", inputs, { attributes: poolAttributes(attrs) });

/** Mean of each window. */
export const avgPool: Lowering<"avgPool"> = ({ writer, inputs, attrs }) => {
  const count = attrs.countIncludePad ? 1 : 0;
  const attributes = { ...poolAttributes(attrs), count_include_pad: count };
  return writer.node("AveragePool", inputs, { attributes });
};

/**
 * Windows that tile the input are compared tap by tap, which is three times as fast as MaxPool with Indices; others
 * take the indices (flat over the whole tensor, the first maximum of the window) and scatter.
 */
export const maxPoolGrad: Lowering<"maxPoolGrad"> = (context) => {
  const { writer, inputs, types, output, attrs } = context;
  if (output.dtype === "f32" && isTiling(attrs)) {
    return tiledMaxPoolGrad(writer, inputs, output.shape, attrs.window);
  }
  // Scattering with `add` has no f16 kernel; the conversion of dx back is exact but for sums of overlapping windows.
  const isHalf = output.dtype === "f16";
  const [, indices] = writer.multi("MaxPool", [inputs[0]!], 2, {
    attributes: poolAttributes(attrs),
  });
  const total = sizeOf(output.shape);
  const type = isHalf ? "f32" : output.dtype;
  const dy = isHalf ? castTo(writer, inputs[2]!, type) : inputs[2]!;
  const zeros = writer.node("Expand", [writer.scalar(type, 0), writer.ints([total])]);
  const count = sizeOf(types[2]!.shape);
  const flat = (x: Edge): Edge => reshapeTo(writer, x, [count]);
  const dx = writer.node("ScatterElements", [zeros, flat(indices!), flat(dy)], {
    attributes: { axis: 0, reduction: "add" },
  });
  const result = reshapeTo(writer, dx, output.shape);
  return isHalf ? castTo(writer, result, "f16") : result;
};

/** Each window spreads dy / count: repetition where windows tile, else a transposed convolution with ones. */
export const avgPoolGrad: Lowering<"avgPoolGrad"> = ({ writer, inputs, types, output, attrs }) => {
  const { dtype, shape } = types[0]!;
  const [batch, channels, ...outputs] = shape as [number, number, ...number[]];
  const spatial = output.shape.slice(2);
  const counts = writer.constant(dtype, outputs, divisors(spatial, outputs, attrs));
  const share = writer.node("Div", [inputs[0]!, counts]);
  if (isTiling(attrs)) {
    const apart = reshapeTo(writer, share, [batch, channels, ...outputs.flatMap((o) => [o, 1])]);
    const repeated = writer.node("Expand", [
      apart,
      writer.ints([batch, channels, ...outputs.flatMap((o, axis) => [o, attrs.window[axis]!])]),
    ]);
    const covered = outputs.map((o, axis) => o * attrs.window[axis]!);
    const joined = reshapeTo(writer, repeated, [batch, channels, ...covered]);
    return padEnd(writer, joined, [batch, channels, ...covered], output.shape);
  }
  const ones = writer.constant(
    dtype,
    [1, 1, ...attrs.window],
    new Array<number>(sizeOf(attrs.window)).fill(1),
  );
  const rest = spatial.map((size, axis) => {
    const [low, high] = attrs.padding[axis]!;
    return size - (attrs.strides[axis]! * (outputs[axis]! - 1) + attrs.window[axis]! - low - high);
  });
  const planes = reshapeTo(writer, share, [batch * channels, 1, ...outputs]);
  const dx = writer.node("ConvTranspose", [planes, ones], {
    attributes: { ...poolAttributes(attrs), output_padding: rest },
  });
  return reshapeTo(writer, dx, output.shape);
};

function poolAttributes({ window, strides, padding }: PoolAttrs): Record<string, number[]> {
  return { kernel_shape: [...window], strides: [...strides], pads: padsOf(padding) };
}

/** Whether windows neither overlap nor leave gaps nor reach into padding. */
export function isTiling({ window, strides, padding }: PoolAttrs): boolean {
  return (
    window.every((size, axis) => size === strides[axis]) &&
    padding.every(([low, high]) => low === 0 && high === 0)
  );
}

function tiledMaxPoolGrad(
  writer: ModelWriter,
  [x, y, dy]: readonly Edge[],
  shape: Shape,
  window: readonly number[],
): Edge {
  const taps = splitTaps(writer, x!, shape, window);
  return joinTaps(writer, tapGradients(writer, taps, y!, dy!), shape, window);
}

/**
 * What of dy goes to each tap of a pool with the maxima y, all of one shape: all of it to the first that equals the
 * maximum, what is left to the next.
 */
export function tapGradients(
  writer: ModelWriter,
  taps: readonly Edge[],
  y: Edge,
  dy: Edge,
): Edge[] {
  let left = dy;
  return taps.map((tap, i) => {
    if (i === taps.length - 1) return left;
    // A comparison, not a steep function of the difference: exact for infinite and for subnormal elements too.
    const isMaximum = castTo(writer, writer.node("Equal", [tap, y]), "f32");
    const piece = writer.node("Mul", [isMaximum, left]);
    left = writer.node("Sub", [left, piece]);
    return piece;
  });
}

/** x [n, c, ...s] -> one tensor [n, c, ...o] for each position in the tiles, row-major. */
export function splitTaps(
  writer: ModelWriter,
  x: Edge,
  shape: Shape,
  window: readonly number[],
): Edge[] {
  const [batch, channels, ...spatial] = shape as [number, number, ...number[]];
  const tiles = spatial.map((size, axis) => Math.floor(size / window[axis]!));
  const covered = tiles.map((count, axis) => count * window[axis]!);
  const axes = spatial.map((_, axis) => axis);
  const cropped = covered.every((size, axis) => size === spatial[axis])
    ? x
    : sliceAxes(
        writer,
        x,
        axes.map((axis) => axis + 2),
        axes.map(() => 0),
        covered,
      );
  const taps = sizeOf(window);
  const split = (value: Edge, axis: number): Edge[] =>
    taps === 1
      ? [value]
      : writer.multi("Split", [value], taps, { attributes: { axis, num_outputs: taps } });
  if (window.length === 2 && window[0] === window[1]) {
    const blocksize = window[0]!;
    return split(writer.node("SpaceToDepth", [cropped], { attributes: { blocksize } }), 1);
  }
  const apart = tiles.flatMap((count, axis) => [count, window[axis]!]);
  const perm = [...axes.map((axis) => 3 + 2 * axis), 0, 1, ...axes.map((axis) => 2 + 2 * axis)];
  const front = transposed(writer, reshapeTo(writer, cropped, [batch, channels, ...apart]), perm);
  const flat = reshapeTo(writer, front, [taps * batch, channels, ...tiles]);
  return split(flat, 0);
}

/** The inverse of splitTaps; what the tiles do not cover is zero. */
function joinTaps(
  writer: ModelWriter,
  pieces: readonly Edge[],
  shape: Shape,
  window: readonly number[],
): Edge {
  const [batch, channels, ...spatial] = shape as [number, number, ...number[]];
  const tiles = spatial.map((size, axis) => Math.floor(size / window[axis]!));
  const covered = tiles.map((count, axis) => count * window[axis]!);
  const whole = [batch, channels, ...covered];
  if (window.length === 2 && window[0] === window[1]) {
    const depth = writer.node("Concat", pieces, { attributes: { axis: 1 } });
    const attributes = { blocksize: window[0]!, mode: "DCR" };
    return padEnd(writer, writer.node("DepthToSpace", [depth], { attributes }), whole, shape);
  }
  const axes = spatial.map((_, axis) => axis);
  const rank = axes.length;
  const stacked = reshapeTo(writer, writer.node("Concat", pieces, { attributes: { axis: 0 } }), [
    ...window,
    batch,
    channels,
    ...tiles,
  ]);
  const perm = [rank, rank + 1, ...axes.flatMap((axis) => [rank + 2 + axis, axis])];
  const joined = reshapeTo(writer, transposed(writer, stacked, perm), whole);
  return padEnd(writer, joined, whole, shape);
}

function padEnd(writer: ModelWriter, x: Edge, from: Shape, to: Shape): Edge {
  if (from.every((size, axis) => size === to[axis])) return x;
  const pads = [...from.map(() => 0), ...to.map((size, axis) => size - from[axis]!)];
  return writer.node("Pad", [x, writer.ints(pads)]);
}

/** Elements of each window that count, row-major over the outputs. */
function divisors(
  spatial: Shape,
  outputs: Shape,
  { window, strides, padding, countIncludePad }: AttrsOf<"avgPool">,
): number[] {
  const along = outputs.map((count, axis) =>
    Array.from({ length: count }, (_, i) => {
      if (countIncludePad) return window[axis]!;
      const start = i * strides[axis]! - padding[axis]![0];
      return Math.min(start + window[axis]!, spatial[axis]!) - Math.max(start, 0);
    }),
  );
  return along.reduce((products, counts) => products.flatMap((p) => counts.map((c) => p * c)), [1]);
}
