// Turns the order of elements around.
import { reverse as turn } from "../functional.ts";
import { stridesOf } from "../graph/shape.ts";
import { collect, offsetOf } from "./movement.ts";
import { streamedBytes, type Primitive } from "./op.ts";
import { normalizeAxes } from "./reduce.ts";

/** The axes to turn around. */
export interface ReverseAttrs {
  readonly axes: readonly number[];
}

/** result[..., i, ...] = x[..., size - 1 - i, ...] along each of the axes. */
export const reverse: Primitive<ReverseAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([x], { axes }) => {
    normalizeAxes("reverse", axes, x!.shape.length);
    return { dtype: x!.dtype, shape: x!.shape };
  },
  vjp: ({ grad, attrs: { axes } }) => [turn(grad, axes)],
  evaluate: ([x], { axes }) => {
    const { shape } = x!;
    const turned = new Set(normalizeAxes("reverse", axes, shape.length));
    const last = shape.map((size, axis) => (turned.has(axis) ? size - 1 : 0));
    const steps = stridesOf(shape).map((step, axis) => (turned.has(axis) ? -step : step));
    return collect(x!.data, shape, offsetOf(shape, last), steps);
  },
  flops: () => 0,
  bytes: streamedBytes,
};
