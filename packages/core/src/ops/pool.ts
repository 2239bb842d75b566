// The reference's loops over pooling windows, and the operation count of a pooling.
import { sizeOf, type Shape } from "../graph/shape.ts";
import type { TensorType } from "../graph/tensor.ts";
import { tapWalk, type AvgPoolAttrs, type PoolAttrs, type WindowAxis } from "./window.ts";

/** Visits every pair of an input and an output element that a window connects, taps in row-major order. */
export function walkPool(
  shape: Shape,
  axes: readonly WindowAxis[],
  visit: (input: number, output: number) => void,
): void {
  const { rows, step } = tapWalk(axes);
  const inputPlane = sizeOf(shape.slice(2));
  const outputPlane = sizeOf(axes.map((axis) => axis.output));
  for (let plane = 0; plane < shape[0]! * shape[1]!; plane++) {
    for (const row of rows) {
      const input = plane * inputPlane + row.input;
      const output = plane * outputPlane + row.output;
      for (let i = 0; i < row.count; i++) visit(input + i * step, output + i);
    }
  }
}

/** Elements that each output's mean divides by; [...o], the same for every sample and channel. */
export function divisors(axes: readonly WindowAxis[], attrs: AvgPoolAttrs): Float64Array {
  const counts = new Float64Array(sizeOf(axes.map((axis) => axis.output)));
  if (attrs.countIncludePad) return counts.fill(sizeOf(attrs.window));
  for (const { output, count } of tapWalk(axes).rows) {
    for (let i = output; i < output + count; i++) counts[i] = counts[i]! + 1;
  }
  return counts;
}

/** One operation per window element of each of the pooled elements. */
export function poolFlops(pooled: TensorType, { window }: PoolAttrs): number {
  return sizeOf(pooled.shape) * sizeOf(window);
}
