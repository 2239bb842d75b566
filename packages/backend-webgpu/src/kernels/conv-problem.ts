// Sizes of a convolution as its three kernels take them: three spatial axes, the missing ones in front with size 1.
import type { ConvAttrs, Shape } from "../lower/program.ts";

/** One spatial axis. */
export interface ConvAxis {
  readonly input: number;
  readonly output: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding before the axis. */
  readonly low: number;
}

/** x [batch, channels, ...input], w [filters, channels / groups, ...window], y [batch, filters, ...output]. */
export interface ConvProblem {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  readonly groups: number;
  /** Depth, height, width. */
  readonly axes: readonly [ConvAxis, ConvAxis, ConvAxis];
}

/** The problem of conv(x, w) -> y from the shapes of its tensors. */
export function convProblem(x: Shape, w: Shape, y: Shape, attrs: ConvAttrs): ConvProblem {
  const unit: ConvAxis = { input: 1, output: 1, window: 1, stride: 1, dilation: 1, low: 0 };
  const axes = x.slice(2).map((input, axis): ConvAxis => ({
    input,
    output: y[axis + 2]!,
    window: w[axis + 2]!,
    stride: attrs.strides[axis]!,
    dilation: attrs.dilations[axis]!,
    low: attrs.padding[axis]![0],
  }));
  const [depth, height, width] = [unit, unit, ...axes].slice(-3);
  return {
    batch: x[0]!,
    channels: x[1]!,
    filters: w[0]!,
    groups: attrs.groups,
    axes: [depth!, height!, width!],
  };
}

/** Elements of one channel of the input, of the output, and taps of the window. */
export function planes({ axes }: ConvProblem): { input: number; output: number; taps: number } {
  const product = (key: "input" | "output" | "window"): number =>
    axes.reduce((size, axis) => size * axis[key], 1);
  return { input: product("input"), output: product("output"), taps: product("window") };
}
