// Sizes of a pooling as its kernels take them: planes of three spatial axes, the missing ones in front with size 1.
import type { AttrsOf, Shape } from "@fastgpu/core";
import type { ConvAxis } from "./conv-problem.ts";

/** x [planes, ...input], y [planes, ...output]. */
export interface PoolProblem {
  readonly planes: number;
  /** Depth, height, width; dilation 1. */
  readonly axes: readonly [ConvAxis, ConvAxis, ConvAxis];
  /** For means: whether padding counts. */
  readonly countIncludePad: boolean;
}

/** The problem of pooling x into y, both [n, c, ...]. */
export function poolProblem(
  x: Shape,
  y: Shape,
  attrs: AttrsOf<"maxPool"> | AttrsOf<"avgPool">,
): PoolProblem {
  const unit: ConvAxis = { input: 1, output: 1, window: 1, stride: 1, dilation: 1, low: 0 };
  const axes = x.slice(2).map((input, axis): ConvAxis => ({
    input,
    output: y[axis + 2]!,
    window: attrs.window[axis]!,
    stride: attrs.strides[axis]!,
    dilation: 1,
    low: attrs.padding[axis]![0],
  }));
  const [depth, height, width] = [unit, unit, ...axes].slice(-3);
  return {
    planes: x[0]! * x[1]!,
    axes: [depth!, height!, width!],
    countIncludePad: "countIncludePad" in attrs && attrs.countIncludePad,
  };
}

/** Elements of one plane of x, of y, and of a window. */
export function poolPlanes({ axes }: PoolProblem): { input: number; output: number; taps: number } {
  const product = (key: "input" | "output" | "window"): number =>
    axes.reduce((size, axis) => size * axis[key], 1);
  return { input: product("input"), output: product("output"), taps: product("window") };
}
