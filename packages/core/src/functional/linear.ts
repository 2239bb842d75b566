// Matrix product, convolution, pooling and their gradients as functions. Layout is [n, c, ...spatial] throughout.
import type { Shape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import type { AvgPoolAttrs, ConvAttrs, PoolAttrs } from "../ops/window.ts";

/** Convolution attributes; strides and dilations 1, padding 0 and groups 1 by default. */
export type ConvOptions = Partial<ConvAttrs>;

/** Pooling attributes; strides are the window and padding 0 by default. */
export type PoolOptions = Pick<PoolAttrs, "window"> & Partial<PoolAttrs>;

/** Average pooling attributes; padding does not count by default. */
export type AvgPoolOptions = PoolOptions & Partial<Pick<AvgPoolAttrs, "countIncludePad">>;

/** Matrix product of the last two axes; leading axes broadcast. */
export const matmul = (a: Value, b: Value, transposeA = false, transposeB = false): Value =>
  a.emitter.op("matmul", [a, b], { transposeA, transposeB });

/** All convolution attributes for `rank` spatial axes. */
export function convAttrs(rank: number, options: ConvOptions = {}): ConvAttrs {
  return {
    strides: options.strides ?? repeat(rank, 1),
    padding: options.padding ?? repeat(rank, [0, 0] as const),
    dilations: options.dilations ?? repeat(rank, 1),
    groups: options.groups ?? 1,
  };
}

/** All pooling attributes. */
export function poolAttrs(options: PoolOptions): PoolAttrs {
  const { window } = options;
  return {
    window,
    strides: options.strides ?? window,
    padding: options.padding ?? repeat(window.length, [0, 0] as const),
  };
}

/** Cross-correlation of x [n, ci, ...s] with w [co, ci/groups, ...k] -> [n, co, ...o]. */
export const conv = (x: Value, w: Value, options: ConvOptions = {}): Value =>
  x.emitter.op("conv", [x, w], convAttrs(x.shape.length - 2, options));

/** Gradient of conv with respect to its input: dy [n, co, ...o], w -> inputShape. Also the transposed convolution. */
export const convInputGrad = (
  dy: Value,
  w: Value,
  inputShape: Shape,
  options: ConvOptions = {},
): Value =>
  dy.emitter.op("convInputGrad", [dy, w], {
    ...convAttrs(inputShape.length - 2, options),
    inputShape,
  });

/** Gradient of conv with respect to its filter: x, dy [n, co, ...o] -> filterShape. */
export const convFilterGrad = (
  x: Value,
  dy: Value,
  filterShape: Shape,
  options: ConvOptions = {},
): Value =>
  x.emitter.op("convFilterGrad", [x, dy], {
    ...convAttrs(filterShape.length - 2, options),
    filterShape,
  });

/** Largest element of each window; padding never wins. */
export const maxPool = (x: Value, options: PoolOptions): Value =>
  x.emitter.op("maxPool", [x], poolAttrs(options));

/** Gradient of maxPool: dy goes to the first maximum of each window of x; y is the pooled x. */
export const maxPoolGrad = (x: Value, y: Value, dy: Value, options: PoolOptions): Value =>
  x.emitter.op("maxPoolGrad", [x, y, dy], poolAttrs(options));

/** Mean of each window. */
export const avgPool = (x: Value, options: AvgPoolOptions): Value =>
  x.emitter.op("avgPool", [x], {
    ...poolAttrs(options),
    countIncludePad: options.countIncludePad ?? false,
  });

/** Gradient of avgPool: spreads dy over the windows of an input of shape inputShape. */
export const avgPoolGrad = (dy: Value, inputShape: Shape, options: AvgPoolOptions): Value =>
  dy.emitter.op("avgPoolGrad", [dy], {
    ...poolAttrs(options),
    countIncludePad: options.countIncludePad ?? false,
    inputShape,
  });

function repeat<T>(count: number, item: T): T[] {
  return Array.from({ length: Math.max(count, 0) }, () => item);
}
