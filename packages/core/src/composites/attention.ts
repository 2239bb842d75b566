// Scaled dot-product attention.
import { ShapeError } from "../errors.ts";
import { greater, iota, matmul, mul, select, softmax } from "../functional.ts";
import { broadcastShapes } from "../graph/shape.ts";
import { formatType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import type { Composite } from "../ops/op.ts";
import { requireFloat } from "./activation.ts";

/** Factor of the scores, usually 1 / sqrt(d), and whether row i sees only columns j <= i. */
export interface AttentionAttrs {
  readonly scale: number;
  readonly causal: boolean;
}

/**
 * q [..., t, d], k [..., s, d], v [..., s, e] -> softmax(scale q k^T) v [..., t, e]; leading axes (batch, heads)
 * broadcast. Vaswani et al. 2017, equation 1.
 */
export const attention: Composite<AttentionAttrs> = {
  kind: "composite",
  arity: 3,
  infer: ([q, k, v]) => {
    const { dtype } = requireFloat("attention", q!);
    const types = [q!, k!, v!];
    const fits =
      types.every((type) => type.dtype === dtype && type.shape.length >= 2) &&
      q!.shape.at(-1) === k!.shape.at(-1) &&
      k!.shape.at(-2) === v!.shape.at(-2);
    if (!fits) {
      throw new ShapeError(
        `attention: operands must be q [..., t, d], k [..., s, d], v [..., s, e] of one dtype, got ${types.map(formatType).join(", ")}`,
      );
    }
    const [lead, leadK, leadV] = types.map((type) => type.shape.slice(0, -2));
    const batch = broadcastShapes("attention", broadcastShapes("attention", lead!, leadK!), leadV!);
    return { dtype, shape: [...batch, q!.shape.at(-2)!, v!.shape.at(-1)!] };
  },
  decompose: ([q, k, v], { scale, causal }) => {
    // The queries are scaled, not the scores: t d products in place of t s.
    const scores = matmul(mul(q!, scale), k!, false, true);
    return matmul(softmax(causal ? maskFuture(scores) : scores, -1), v!);
  },
};

/** scores [..., t, s] with -infinity where the column is after the row. */
function maskFuture(scores: Value): Value {
  const shape = scores.shape.slice(-2);
  const row = iota(scores.emitter, "i32", shape, 0);
  const column = iota(scores.emitter, "i32", shape, 1);
  return select(greater(column, row), -Infinity, scores);
}
