// Matrix product of floats with 8-bit weights: dynamic quantisation of the left operand, integer accumulation. Both factors
// of the product are i8, so that engines can multiply them as bytes.
import { ShapeError } from "../errors.ts";
import {
  add,
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
  reduceSum,
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
    const { bytes, zeroPoint, scale: scaleX } = quantizeDynamic(x!);
    const columns = cast(w!, "i32");
    // sum over k of (bytes - zeroPoint) w: the zero point leaves the sum, and wrapping sums of i32 stay exact.
    const offsets = mul(zeroPoint, reduceSum(columns, [0]));
    const sums = sub(matmul(cast(bytes, "i32"), columns), offsets);
    return mul(cast(sums, "f32"), mul(scale!, scaleX));
  },
};

/** x as i8, the zero point i32 [] in [-128, 127] and the scale []: x is about (bytes - zeroPoint) scale. */
function quantizeDynamic(x: Value): { bytes: Value; zeroPoint: Value; scale: Value } {
  // The range includes 0 so that 0 is exact; an all-zero tensor gets the scale 1, any would do.
  const min = minimum(reduceMin(x), 0);
  const range = sub(maximum(reduceMax(x), 0), min);
  const scale = select(equal(range, 0), 1, div(range, 255));
  // That of u8 less 128, as the bytes are: u8 and i8 differ by it alone.
  const zeroPoint = sub(clip(round(neg(div(min, scale))), 0, 255), 128);
  const bytes = clip(add(round(div(x, scale)), zeroPoint), -128, 127);
  return { bytes: cast(bytes, "i8"), zeroPoint: cast(zeroPoint, "i32"), scale };
}
