// Counts along an axis.
import type { DType } from "../graph/dtype.ts";
import { normalizeAxis, sizeOf, stridesOf, type Shape } from "../graph/shape.ts";
import { checkDType, wrap } from "./elementwise.ts";
import { checkShape } from "./movement.ts";
import { streamedBytes, type Primitive } from "./op.ts";

/** Type of the result and the axis along which it counts. */
export interface IotaAttrs {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly axis: number;
}

/** No operands -> [shape] with result[..., i, ...] = i along the axis; integers wrap. */
export const iota: Primitive<IotaAttrs> = {
  kind: "primitive",
  arity: 0,
  infer: (_inputs, { dtype, shape, axis }) => {
    checkShape("iota", "shape", shape);
    normalizeAxis("iota", axis, shape.length);
    return checkDType("iota", "number", { dtype, shape });
  },
  vjp: () => [],
  evaluate: (_inputs, { dtype, shape, axis }) => {
    const at = normalizeAxis("iota", axis, shape.length);
    const stride = stridesOf(shape)[at]!;
    const size = shape[at]!;
    return new Float64Array(sizeOf(shape)).map((_, i) =>
      wrap(dtype, Math.floor(i / stride) % size),
    );
  },
  flops: () => 0,
  bytes: streamedBytes,
};
