// Conversion between dtypes.
import { cast as convert } from "../functional.ts";
import { isFloat, type DType } from "../graph/dtype.ts";
import { sizeOf } from "../graph/shape.ts";
import { wrap } from "./elementwise.ts";
import { streamedBytes, type Primitive } from "./op.ts";

/** Target of the conversion. */
export interface CastAttrs {
  readonly dtype: DType;
}

/**
 * Converts. Float to integer truncates toward zero (values must fit, otherwise the result is undefined), integers wrap,
 * anything to bool gives x != 0, bool gives 0 or 1. The reference does not round to f32 or f16.
 */
export const cast: Primitive<CastAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([x], { dtype }) => ({ dtype, shape: x!.shape }),
  vjp: ({ inputs: [x], grad }) => [
    isFloat(x!.dtype) && isFloat(grad.dtype) ? convert(grad, x!.dtype) : undefined,
  ],
  evaluate: ([x], { dtype }) =>
    x!.data.map((value) =>
      isFloat(dtype) || dtype === "bool" ? wrap(dtype, value) : wrap(dtype, Math.trunc(value)),
    ),
  flops: (_inputs, _attrs, output) => sizeOf(output.shape),
  bytes: streamedBytes,
};
