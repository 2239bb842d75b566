// Coefficient of determination: the share of the targets' variance that a prediction explains.
import { mul, reduceSum, reshape, sub } from "../functional.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { errorOf } from "./error-size.ts";
import { scalarOf, totalWeight, type Metric, type MetricDefinition } from "./metric.ts";

/**
 * 1 - sum (y - prediction)^2 / sum (y - mean y)^2 for each output, and the plain mean of the outputs. An output whose
 * targets are all equal counts 1 if it is predicted exactly, else 0; NaN over nothing.
 *
 * The denominator comes from the sums of y - offset and its square, which add up over batches. Its relative error is
 * about 1e-7 (mean y - offset)^2 / variance y, since sums within a batch are f32. Options: offset (0), a rough mean of
 * the targets where they lie far from 0.
 */
export const r2: MetricDefinition = {
  configure: (read): Metric => {
    const offset = read.number("offset", 0);
    return {
      statistics: (judged) => {
        const { target, weights } = judged;
        const error = errorOf(judged, read.where);
        const rows = target.shape[0] ?? 0;
        const columns = sizeOf(target.shape.slice(1));
        const columnSums = (x: Value): Value => {
          const flat = reshape(x, [rows, columns]);
          return reduceSum(
            weights === undefined ? flat : mul(flat, reshape(weights, [rows, 1])),
            [0],
          );
        };
        const shifted = offset === 0 ? target : sub(target, offset);
        return {
          count: totalWeight(judged),
          error: columnSums(mul(error, error)),
          sum: columnSums(shifted),
          square: columnSums(mul(shifted, shifted)),
        };
      },
      finish: (sums) => {
        const count = scalarOf(sums, "count");
        const [errors, totals, squares] = [sums("error"), sums("sum"), sums("square")];
        const scores = Array.from(errors, (error, i) => {
          const square = squares[i] ?? 0;
          return explained(error, square - (totals[i] ?? 0) ** 2 / count, square, count);
        });
        return scores.reduce((total, score) => total + score, 0) / scores.length;
      },
    };
  },
};

/** 1 - error / spread; a spread within the rounding of the sums it is the difference of is 0. */
function explained(error: number, spread: number, square: number, count: number): number {
  if (!(count > 0)) return NaN;
  if (spread > square * 2 ** -22) return 1 - error / spread;
  return error === 0 ? 1 : 0;
}
