// Pooling and its gradients, channels last. One spatial axis is an image of height 1.
import { sizeOf, type AttrsOf, type Shape } from "@fastgpu/core";
import type { Edge } from "../tape/tape.ts";
import type { TapeWriter } from "../tape/tape-writer.ts";
import { asImage, explicit, imageShape } from "./conv.ts";
import { binaryKernel, filled, filledConstant, padded, reshaped, sliced } from "./kernels.ts";
import { lastShape, type Lowering, type LoweringContext, type Placed } from "./lowering.ts";

type PoolAttrs = AttrsOf<"maxPool">;
/** A node of pooling. */
export type AnyPool = LoweringContext<PoolAttrs>;

/** How a pooling kernel is called. */
export interface PoolCall {
  /** Added to the name of the kernel: 3D for three spatial axes. */
  readonly suffix: "" | "3D";
  readonly attrs: Readonly<Record<string, unknown>>;
  /** Zeros that must be put around the operand first, pairs for all axes. */
  readonly before: readonly (readonly [number, number])[];
}

/** Largest element of each window. */
export const maxPool: Lowering<"maxPool"> = (context) => {
  const { tape, inputs, output, attrs } = context;
  const x = inputs[0]!.in("channelsLast");
  if (attrs.window.length === 3) {
    return { edge: volumePool(context, "MaxPool", x, LOWEST), layout: "channelsLast" };
  }
  const call = poolCall(context, attrs);
  // The least finite number: engines differ in what they make of infinities in padding.
  const image = padded(tape, imageOf(tape, x), call.before, LOWEST);
  return pooled(tape, "MaxPool", { x: image }, call.attrs, output.shape);
};

/**
 * [n, d, h, w, c] in two goes, over h and w with n d images, then over d with rows of all the rest: the kernels for
 * three axes give wrong results, that of wasm for maxima below 0, that of webgpu for means.
 */
function volumePool({ tape, output, attrs }: AnyPool, kernel: string, x: Edge, fill: number): Edge {
  const wide = padded(tape, x, [[0, 0], ...attrs.padding, [0, 0]], fill);
  const [n, d, h, w, c] = tape.typeOf(wide).shape as [number, number, number, number, number];
  const [, , od, oh, ow] = output.shape as [number, number, number, number, number];
  const plain = { pad: "valid", dimRoundingMode: undefined };
  const [windowD, ...windowImage] = attrs.window;
  const [strideD, ...strideImage] = attrs.strides;
  const images = tape.call(
    kernel,
    { x: reshaped(tape, wide, [n * d, h, w, c]) },
    { filterSize: windowImage, strides: strideImage, ...plain },
    { dtype: "float32", shape: [n * d, oh, ow, c] },
  );
  const deep = tape.call(
    kernel,
    { x: reshaped(tape, images, [n, d, oh * ow, c]) },
    { filterSize: [windowD, 1], strides: [strideD, 1], ...plain },
    { dtype: "float32", shape: [n, od, oh * ow, c] },
  );
  return reshaped(tape, deep, [n, od, oh, ow, c]);
}

/** Mean of each window. The kernels leave padding out of the count; where it counts, it is put there before. */
export const avgPool: Lowering<"avgPool"> = (context) => {
  const { tape, inputs, output, attrs } = context;
  const isPadded = attrs.padding.some(([low, high]) => low + high > 0);
  const given = inputs[0]!.in("channelsLast");
  const call = poolCall(context, attrs, isPadded);
  const x = padded(tape, imageOf(tape, given), call.before);
  const placed: Placed =
    attrs.window.length === 3
      ? { edge: volumePool(context, "AvgPool", given, 0), layout: "channelsLast" }
      : pooled(tape, "AvgPool", { x }, call.attrs, output.shape);
  if (!isPadded || attrs.countIncludePad) return placed;
  const factors = shares(context.types[0]!.shape.slice(2), output.shape.slice(2), attrs);
  return {
    ...placed,
    edge: binaryKernel(tape, "Multiply", placed.edge, constantShares(tape, factors, output.shape)),
  };
};

/** Each window spreads dy / count. The kernels divide by the size of the window, so dy is scaled before. */
export const avgPoolGrad: Lowering<"avgPoolGrad"> = (context) => {
  const { tape, inputs, types, output, attrs } = context;
  const isPadded = attrs.padding.some(([low, high]) => low + high > 0);
  const call = poolCall(context, attrs, isPadded);
  const given = inputs[0]!.in("channelsLast");
  const factors = shares(output.shape.slice(2), types[0]!.shape.slice(2), attrs);
  const scaled =
    attrs.countIncludePad || !isPadded
      ? given
      : binaryKernel(tape, "Multiply", given, constantShares(tape, factors, types[0]!.shape));
  const shape = imageShape(lastShape(output.shape)).map(
    (size, axis) => size + call.before[axis]![0] + call.before[axis]![1],
  );
  // The kernel looks at the shape of this operand only.
  const input = filled(tape, { dtype: "float32", shape }, 0);
  const type = { dtype: "float32", shape } as const;
  const dy = imageOf(tape, scaled);
  const dx = tape.call(`AvgPool${call.suffix}Grad`, { dy, input }, call.attrs, type);
  return uncovered(tape, dx, call, output.shape);
};

/** Least finite number: padding that never wins. */
export const LOWEST: number = -3.4028234663852886e38;

/** Adds a pooling kernel. */
function pooled(
  tape: TapeWriter,
  kernel: string,
  inputs: Readonly<Record<string, Edge>>,
  attrs: Readonly<Record<string, unknown>>,
  output: Shape,
): Placed {
  const last = lastShape(output);
  const type = { dtype: "float32", shape: imageShape(last) } as const;
  return {
    edge: reshaped(tape, tape.call(kernel, inputs, attrs, type), last),
    layout: "channelsLast",
  };
}

/** A gradient without the padding that was put around its operand. */
export function uncovered(
  tape: TapeWriter,
  dx: Edge,
  { before }: Pick<PoolCall, "before">,
  output: Shape,
): Placed {
  const last = lastShape(output);
  const begin = before.map(([low]) => low);
  return {
    edge: reshaped(tape, sliced(tape, dx, begin, imageShape(last)), last),
    layout: "channelsLast",
  };
}

/** How the kernels of a pooling are called. */
export function poolCall({ traits }: AnyPool, attrs: PoolAttrs, isPaddedBefore = false): PoolCall {
  const ones = attrs.window.map(() => 1);
  const { strides, padding } = asImage({ ...attrs, dilations: ones });
  const filterSize = attrs.window.length === 1 ? [1, ...attrs.window] : attrs.window;
  const isVolume = attrs.window.length === 3;
  const isOutside = isPaddedBefore || isVolume || !traits.hasExplicitPadding;
  const isPadded = padding.some(([low, high]) => low + high > 0);
  const pad = isPadded && !isOutside ? explicit(padding) : "valid";
  return {
    suffix: isVolume ? "3D" : "",
    attrs: {
      filterSize,
      strides,
      pad,
      dimRoundingMode: undefined,
      ...(isVolume ? { dataFormat: "NDHWC" } : {}),
    },
    before: [[0, 0], ...padding.map((pair) => (isOutside ? pair : ([0, 0] as const))), [0, 0]],
  };
}

/** A value with one spatial axis as images of height 1. */
export function imageOf(tape: TapeWriter, x: Edge): Edge {
  return reshaped(tape, x, imageShape(tape.typeOf(x).shape));
}

/** Window size over the number of its elements that lie inside of x, row-major over the outputs. */
function shares(spatial: Shape, outputs: Shape, { window, strides, padding }: PoolAttrs): number[] {
  const along = outputs.map((count, axis) =>
    Array.from({ length: count }, (_, i) => {
      const start = i * strides[axis]! - padding[axis]![0];
      return Math.min(start + window[axis]!, spatial[axis]!) - Math.max(start, 0);
    }),
  );
  const counts = along.reduce((all, row) => all.flatMap((p) => row.map((c) => p * c)), [1]);
  return counts.map((count) => sizeOf(window) / count);
}

/** The shares as a constant [1, ...o, 1]. */
function constantShares(tape: TapeWriter, factors: readonly number[], pooledShape: Shape): Edge {
  const shape = [1, ...pooledShape.slice(2), 1];
  return filledConstant(tape, { dtype: "float32", shape }, factors);
}
