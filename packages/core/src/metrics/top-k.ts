// Share of samples whose class is among the k best scores.
import { cast, greater, less, reduceSum, reshape, select } from "../functional.ts";
import { ShapeError } from "../errors.ts";
import { formatShape } from "../graph/shape.ts";
import { scoresOf, weightedMean } from "./accuracy.ts";
import { classRows } from "./class-rows.ts";
import type { MetricDefinition } from "./metric.ts";

/**
 * A hit if fewer than `k` (5) classes score above the true one; scores equal to that of the true class do not count
 * against it. Targets: i32 labels, or one-hot rows of two classes or more.
 */
export const topKAccuracy: MetricDefinition = {
  configure: (read) => {
    const k = read.integer("k", 5, { min: 1 });
    return weightedMean((judged) => {
      const { scores, actual, isExclusive } = classRows(
        { ...judged, output: { ...judged.output, value: scoresOf(judged) } },
        read.where,
      );
      const { shape } = judged.output.value;
      if (!isExclusive) {
        throw new ShapeError(
          `${read.where}: output must have two classes or more, got ${formatShape(shape)}`,
        );
      }
      const own = reduceSum(select(greater(actual, 0.5), scores, 0), [-1], true);
      const above = reduceSum(cast(greater(scores, own), "f32"), [-1], true);
      // NaN is above nothing and nothing is above NaN: without this, a net that diverged would be right everywhere.
      const isHit = less(select(greater(own, -Infinity), above, k), k);
      return reshape(cast(isHit, "f32"), shape.slice(0, -1));
    });
  },
};
