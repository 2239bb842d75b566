// Predictions and targets as rows of classes: the form in which metrics of classifiers count, whether targets are
// labels, one-hot rows, or yes/no per output.
import { ShapeError } from "../errors.ts";
import { argMax, broadcastTo, cast, greater, oneHot, reshape } from "../functional.ts";
import { sizeOf } from "../graph/shape.ts";
import { formatType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import type { Judged } from "./metric.ts";

/** Rows [rows, c], all f32: every position of every sample is a row. */
export interface ClassRows {
  readonly scores: Value;
  /** 1 where the class is true. */
  readonly actual: Value;
  /** Weight of each row [rows, 1]; absent: 1 each. */
  readonly weights?: Value;
  /** True if a row has one true class of c >= 2, which is then the largest score; false for yes/no per output. */
  readonly isExclusive: boolean;
}

/**
 * Classes are the last axis. Labels i32 [batch, ...] and targets over two classes or more exclude one another, as in
 * the metric `accuracy`, unless `isEachAlone`.
 *
 * @throws {ShapeError} with the bare rule if the target is neither labels of the output nor of its type
 */
export function classRows(
  { output, target, weights }: Judged,
  where: string,
  isEachAlone = false,
): ClassRows {
  const { value } = output;
  const isLabels = target.dtype === "i32";
  const labelType = { dtype: "i32", shape: value.shape.slice(0, -1) } as const;
  const expected = isLabels && value.shape.length > 1 ? labelType : value.type;
  if (formatType(expected) !== formatType(target.type)) {
    throw new ShapeError(
      `${where}: target must be of the output's type or i32 labels of its rows, got output ${formatType(value.type)}, target ${formatType(target.type)}`,
    );
  }
  const classes = value.shape.length > 1 ? (value.shape.at(-1) ?? 1) : 1;
  const rows = classes === 0 ? 0 : sizeOf(value.shape) / classes;
  const isExclusive = isLabels || (classes > 1 && !isEachAlone);
  const truth = isLabels ? oneHot(target, classes) : target;
  const flat = reshape(truth, [rows, classes]);
  const actual = isLabels
    ? flat
    : isExclusive
      ? oneHot(argMax(flat, -1), classes)
      : cast(greater(flat, 0.5), "f32");
  const scores = reshape(value, [rows, classes]);
  const core = { scores, actual, isExclusive };
  return weights === undefined ? core : { ...core, weights: rowWeights(weights, rows) };
}

/** Weights of samples [batch] repeated for the rows of each: [rows, 1]. */
function rowWeights(weights: Value, rows: number): Value {
  const batch = weights.shape[0] ?? 0;
  const perSample = batch === 0 ? 0 : rows / batch;
  return reshape(broadcastTo(reshape(weights, [batch, 1]), [batch, perSample]), [rows, 1]);
}
