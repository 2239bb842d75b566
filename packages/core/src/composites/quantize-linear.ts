// Floats to 8-bit integers on a linear scale.
import { ShapeError } from "../errors.ts";
import { add, cast, clip, div, reshape, round } from "../functional.ts";
import { normalizeAxis, type Shape } from "../graph/shape.ts";
import { formatType, type TensorType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import type { Composite } from "../ops/op.ts";
import { alongAxis } from "./axes.ts";

/** The axis that a scale [c] lies along, the result's dtype and the integer that stands for 0. */
export interface QuantizeLinearAttrs {
  readonly axis: number;
  readonly dtype: "i8" | "u8";
  readonly zeroPoint: number;
}

/** Smallest and largest value of the quantised dtypes. */
export const quantizedRange: { readonly [D in "i8" | "u8"]: readonly [min: number, max: number] } =
  {
    i8: [-128, 127],
    u8: [0, 255],
  };

/**
 * x f32, scale f32 [] or [c] -> round(x / scale) + zeroPoint, halves to even, saturated. ONNX QuantizeLinear; Jacob et
 * al. 2018, equation 1. Has no gradient.
 */
export const quantizeLinear: Composite<QuantizeLinearAttrs> = {
  kind: "composite",
  arity: 2,
  infer: ([x, scale], { axis, dtype, zeroPoint }) => {
    const [min, max] = quantizedRange[dtype];
    if (!Number.isInteger(zeroPoint) || zeroPoint < min || zeroPoint > max) {
      throw new ShapeError(
        `quantizeLinear: zeroPoint must be an integer in [${min}, ${max}], got ${zeroPoint}`,
      );
    }
    if (x!.dtype !== "f32") throw new ShapeError(`quantizeLinear: x must be f32, got ${x!.dtype}`);
    checkScale("quantizeLinear", x!.shape, scale!, axis);
    return { dtype, shape: x!.shape };
  },
  decompose: ([x, scale], { axis, dtype, zeroPoint }) => {
    const steps = round(div(x!, scaleAlong(scale!, x!.shape, axis)));
    return cast(clip(add(steps, zeroPoint), ...quantizedRange[dtype]), dtype);
  },
};

/**
 * Checks that a scale is f32 [], or f32 [c] with c the size of an axis.
 *
 * @throws {ShapeError} if it is not
 */
export function checkScale(name: string, shape: Shape, scale: TensorType, axis: number): void {
  const isScalar = scale.shape.length === 0;
  const size = isScalar ? undefined : shape[normalizeAxis(name, axis, shape.length)];
  const fits = isScalar || (scale.shape.length === 1 && scale.shape[0] === size);
  if (scale.dtype !== "f32" || !fits) {
    throw new ShapeError(
      `${name}: scale must be f32[] or f32[c] with c the size of axis ${axis} of [${shape.join(",")}], got ${formatType(scale)}`,
    );
  }
}

/** A scale [] or [c] shaped to broadcast along an axis. */
export function scaleAlong(scale: Value, shape: Shape, axis: number): Value {
  if (scale.shape.length === 0) return scale;
  const at = normalizeAxis("scale", axis, shape.length);
  return reshape(scale, alongAxis(scale.shape[0]!, at, shape.length));
}
