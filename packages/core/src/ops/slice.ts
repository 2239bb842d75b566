// A strided box of a tensor.
import { ShapeError } from "../errors.ts";
import { pad } from "../functional.ts";
import { formatShape, stridesOf } from "../graph/shape.ts";
import { checkPerAxis, collect, offsetOf, selectedBytes } from "./movement.ts";
import type { Primitive } from "./op.ts";

/** First position, exclusive limit and step along each axis; 0 <= start <= limit <= size, step >= 1. */
export interface SliceAttrs {
  readonly starts: readonly number[];
  readonly limits: readonly number[];
  readonly strides: readonly number[];
}

/** x [s0, ...] -> [ceil((limits[0] - starts[0]) / strides[0]), ...]. */
export const slice: Primitive<SliceAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([x], { starts, limits, strides }) => {
    checkPerAxis("slice", "starts", starts, x!.shape, 0);
    checkPerAxis("slice", "limits", limits, x!.shape, 0);
    checkPerAxis("slice", "strides", strides, x!.shape, 1);
    if (x!.shape.some((size, axis) => starts[axis]! > limits[axis]! || limits[axis]! > size)) {
      throw new ShapeError(
        `slice: start <= limit <= size must hold, got starts=${formatShape(starts)}, limits=${formatShape(limits)} for x=${formatShape(x!.shape)}`,
      );
    }
    const shape = starts.map((start, axis) => Math.ceil((limits[axis]! - start) / strides[axis]!));
    return { dtype: x!.dtype, shape };
  },
  // The gradient lies where the elements came from, zeros elsewhere.
  vjp: ({ inputs: [x], output, grad, attrs: { starts, strides } }) => {
    const covered = output.shape.map((size, axis) =>
      size === 0 ? 0 : (size - 1) * strides[axis]! + 1,
    );
    const high = x!.shape.map((size, axis) => size - starts[axis]! - covered[axis]!);
    const interior = strides.map((stride) => stride - 1);
    return [pad(grad, starts, high, 0, interior)];
  },
  evaluate: ([x], { starts, strides }, output) => {
    const steps = stridesOf(x!.shape).map((step, axis) => step * strides[axis]!);
    return collect(x!.data, output.shape, offsetOf(x!.shape, starts), steps);
  },
  flops: () => 0,
  bytes: selectedBytes,
};
