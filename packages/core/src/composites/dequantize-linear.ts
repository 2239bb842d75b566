// Integers on a linear scale back to floats.
import { ShapeError } from "../errors.ts";
import { cast, mul, sub } from "../functional.ts";
import { isFloat } from "../graph/dtype.ts";
import type { Composite } from "../ops/op.ts";
import { checkScale, scaleAlong } from "./quantize-linear.ts";

/** The axis that a scale [c] lies along and the integer that stands for 0. */
export interface DequantizeLinearAttrs {
  readonly axis: number;
  readonly zeroPoint: number;
}

/** q i8, u8 or i32, scale f32 [] or [c] -> (q - zeroPoint) scale, f32. ONNX DequantizeLinear; Jacob et al. 2018, equation 1. */
export const dequantizeLinear: Composite<DequantizeLinearAttrs> = {
  kind: "composite",
  arity: 2,
  infer: ([q, scale], { axis, zeroPoint }) => {
    if (isFloat(q!.dtype) || q!.dtype === "bool" || !Number.isInteger(zeroPoint)) {
      throw new ShapeError(
        `dequantizeLinear: q and zeroPoint must be integers, got ${q!.dtype} and ${zeroPoint}`,
      );
    }
    checkScale("dequantizeLinear", q!.shape, scale!, axis);
    return { dtype: "f32", shape: q!.shape };
  },
  decompose: ([q, scale], { axis, zeroPoint }) =>
    mul(sub(cast(q!, "f32"), zeroPoint), scaleAlong(scale!, q!.shape, axis)),
  // Linear in the scale; q is an integer. The rule of the decomposition reaches the scale.
};
