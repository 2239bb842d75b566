// Shapes of losses: mean over everything but the batch, and the usual type of targets.
import { reduceMean, reduceSum, reshape } from "../functional.ts";
import { sizeOf } from "../graph/shape.ts";
import type { TensorType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";

/** x [batch, ...] -> mean of each sample [batch]. */
export function meanPerSample(x: Value): Value {
  if (x.shape.length === 1) return x;
  const rows = reshape(x, [x.shape[0] ?? 0, sizeOf(x.shape.slice(1))]);
  return rows.shape[1] === 1 ? reshape(rows, [rows.shape[0] ?? 0]) : reduceMean(rows, [1]);
}

/** Sum over the last axis. */
export function sumLast(x: Value): Value {
  return reduceSum(x, [-1]);
}

/** Targets of the prediction's own type. */
export function sameType(prediction: TensorType): TensorType {
  return { dtype: "f32", shape: prediction.shape };
}
