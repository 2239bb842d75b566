// Matrix product of floats with 8-bit weights: dynamic quantisation of the left operand, integer accumulation.
import { ShapeError } from "../errors.ts";
import {
  cast,
  clip,
  div,
  equal,
  matmul,
  maximum,
  minimum,
  mul,
  neg,
  reduceMax,
  reduceMin,
  round,
  select,
  sub,
} from "../functional.ts";
import { formatType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import type { Composite } from "../ops/op.ts";

/**
 * x f32 [..., k], w i8 [k, n], scale f32 [n] -> x (w scale) f32 [..., n]; x is quantised to u8 with one scale and zero
 * point for the whole tensor, taken from its own range (ONNX DynamicQuantizeLinear), w by one scale per column with
 * zero point 0; the products are summed in i32. Jacob et al. 2018, equations 4 to 7. x has two axes or more. The error
 * of each x is at most half of (max - min) / 255. Has no useful gradient: training is refused by the precision pass.
 */
export const int8Matmul: Composite = {
  kind: "composite",
  arity: 3,
  infer: ([x, w, scale]) => {
    const [k, n] = w!.shape;
    const fits =
      x!.dtype === "f32" &&
      w!.dtype === "i8" &&
      scale!.dtype === "f32" &&
      x!.shape.length >= 2 &&
      w!.shape.length === 2 &&
      scale!.shape.length === 1 &&
      x!.shape.at(-1) === k &&
      scale!.shape[0] === n;
    if (!fits) {
      throw new ShapeError(
        `int8Matmul: operands must be x f32 [..., k], w i8 [k, n], scale f32 [n], got x=${formatType(x!)}, w=${formatType(w!)}, scale=${formatType(scale!)}`,
      );
    }
    return { dtype: "f32", shape: [...x!.shape.slice(0, -1), n!] };
  },
  decompose: ([x, w, scale]) => {
    const { steps, scale: scaleX } = quantizeDynamic(x!);
    const sums = matmul(cast(steps, "i32"), cast(w!, "i32"));
    return mul(cast(sums, "f32"), mul(scale!, scaleX));
  },
};

/** x as integers less their zero point, in [-255, 255], and the scale []: x is about steps times scale. */
function quantizeDynamic(x: Value): { steps: Value; scale: Value } {
  // The range includes 0 so that 0 is exact; an all-zero tensor gets the scale 1, any would do.
  const min = minimum(reduceMin(x), 0);
  const range = sub(maximum(reduceMax(x), 0), min);
  const scale = select(equal(range, 0), 1, div(range, 255));
  const zeroPoint = clip(round(neg(div(min, scale))), 0, 255);
  // clip(q + zeroPoint, 0, 255) - zeroPoint = clip(q, -zeroPoint, 255 - zeroPoint)
  const steps = minimum(maximum(round(div(x, scale)), neg(zeroPoint)), sub(255, zeroPoint));
  return { steps, scale };
}
