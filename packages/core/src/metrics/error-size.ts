// Sizes of errors of real-valued predictions: mean absolute, mean squared and its root.
import { abs, mul, sub } from "../functional.ts";
import { ShapeError } from "../errors.ts";
import { formatType } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { weightedMean } from "./accuracy.ts";
import type { Judged, MetricDefinition } from "./metric.ts";

/** Mean of |prediction - target| over outputs and samples. */
export const meanAbsoluteError: MetricDefinition = {
  configure: ({ where }) => weightedMean((judged) => abs(errorOf(judged, where))),
};

/** Mean of (prediction - target)^2 over outputs and samples. */
export const meanSquaredError: MetricDefinition = {
  configure: ({ where }) => weightedMean((judged) => squaredError(judged, where)),
};

/** Square root of the mean squared error of all samples, which is not the mean of the batches' roots. */
export const rootMeanSquaredError: MetricDefinition = {
  configure: ({ where }) => {
    const mean = weightedMean((judged) => squaredError(judged, where));
    return { ...mean, finish: (sums) => Math.sqrt(mean.finish(sums)) };
  },
};

/** prediction - target. @throws {ShapeError} with the bare rule unless both have one type */
export function errorOf({ output, target }: Judged, where: string): Value {
  if (formatType(output.value.type) !== formatType(target.type)) {
    throw new ShapeError(
      `${where}: target must be of the output's type, got output ${formatType(output.value.type)}, target ${formatType(target.type)}`,
    );
  }
  return sub(output.value, target);
}

function squaredError(judged: Judged, where: string): Value {
  const error = errorOf(judged, where);
  return mul(error, error);
}
