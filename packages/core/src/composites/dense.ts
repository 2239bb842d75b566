// Affine map of the last axis.
import { ShapeError } from "../errors.ts";
import { add, matmul, reduceSum, reshape } from "../functional.ts";
import { sizeOf } from "../graph/shape.ts";
import { formatType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import type { Composite } from "../ops/op.ts";
import { requireFloat } from "./activation.ts";

/** x [..., k], w [k, n], b [n] -> x w + b [..., n]; x has two axes or more. */
export const dense: Composite = {
  kind: "composite",
  arity: 3,
  infer: ([x, w, b]) => {
    const { dtype } = requireFloat("dense", x!);
    const [k, n] = w!.shape;
    const fits =
      w!.dtype === dtype &&
      b!.dtype === dtype &&
      x!.shape.length >= 2 &&
      w!.shape.length === 2 &&
      b!.shape.length === 1 &&
      x!.shape.at(-1) === k &&
      b!.shape[0] === n;
    if (!fits) {
      throw new ShapeError(
        `dense: operands must be x [..., k], w [k, n], b [n] of one dtype, got x=${formatType(x!)}, w=${formatType(w!)}, b=${formatType(b!)}`,
      );
    }
    return { dtype, shape: [...x!.shape.slice(0, -1), n!] };
  },
  decompose: ([x, w, b]) => {
    const product = add(matmul(rowsOf(x!), w!), b!);
    return reshape(product, [...x!.shape.slice(0, -1), w!.shape[1]!]);
  },
  // Y = XW + b: dX = dY W^T, dW = X^T dY, db = sum of the rows of dY. All leading axes are rows of one product.
  vjp: ({ inputs: [x, w], grad }) => {
    const rows = rowsOf(grad);
    const gradX = reshape(matmul(rows, w!, false, true), x!.shape);
    return [gradX, matmul(rowsOf(x!), rows, true, false), reduceSum(rows, [0])];
  },
};

/** [..., k] -> [rows, k]. */
function rowsOf(x: Value): Value {
  return reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!]);
}
