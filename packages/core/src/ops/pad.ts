// Surrounds and interleaves a tensor with a constant.
import { ShapeError } from "../errors.ts";
import { slice } from "../functional.ts";
import { sizeOf, stridesOf } from "../graph/shape.ts";
import { wrap } from "./elementwise.ts";
import { checkPerAxis, offsetOf, walk } from "./movement.ts";
import { streamedBytes, type Primitive } from "./op.ts";

/** Elements to add before, after and between the elements along each axis, all >= 0, and what they hold. */
export interface PadAttrs {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
  /** Finite, so that attributes stay JSON. */
  readonly value: number;
}

/** x [s, ...] -> [low + s + max(s - 1, 0) interior + high, ...]. */
export const pad: Primitive<PadAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([x], { low, high, interior, value }) => {
    checkPerAxis("pad", "low", low, x!.shape, 0);
    checkPerAxis("pad", "high", high, x!.shape, 0);
    checkPerAxis("pad", "interior", interior, x!.shape, 0);
    if (!Number.isFinite(value)) throw new ShapeError(`pad: value must be finite, got ${value}`);
    const shape = x!.shape.map(
      (size, axis) => low[axis]! + spread(size, interior[axis]!) + high[axis]!,
    );
    return { dtype: x!.dtype, shape };
  },
  vjp: ({ inputs: [x], grad, attrs: { low, interior } }) => {
    const limits = x!.shape.map((size, axis) => low[axis]! + spread(size, interior[axis]!));
    const strides = interior.map((gap) => gap + 1);
    return [slice(grad, low, limits, strides)];
  },
  evaluate: ([x], { low, interior, value }, output) => {
    const result = new Float64Array(sizeOf(output.shape)).fill(wrap(output.dtype, value));
    const steps = stridesOf(output.shape).map((step, axis) => step * (interior[axis]! + 1));
    walk(x!.shape, offsetOf(output.shape, low), steps, (flat, mapped) => {
      result[mapped] = x!.data[flat]!;
    });
    return result;
  },
  flops: () => 0,
  bytes: streamedBytes,
};

function spread(size: number, interior: number): number {
  return size === 0 ? 0 : size + (size - 1) * interior;
}
