// Area under the ROC curve from histograms of scores, which add up over batches and devices.
import {
  add,
  broadcastTo,
  cast,
  floor,
  greater,
  iota,
  minimum,
  mul,
  reshape,
  scatterAdd,
  select,
  sigmoid,
  sub,
} from "../functional.ts";
import type { Value } from "../graph/value.ts";
import { classRows } from "./class-rows.ts";
import type { Metric, MetricDefinition } from "./metric.ts";

/**
 * Probability that a positive scores above a negative, ties counted half (Hanley and McNeil 1982). Scores in [0, 1] are
 * counted in `bins` (200) equal parts, and scores of one part are ties: with n+ and n- the counts of a bin, the area is
 * sum over bins of n+ (negatives below + n- / 2) / (positives negatives), the trapezoids under the curve with a
 * threshold at every border of bins. The result is off by at most half the share of pairs that meet in one bin.
 * Options: bins, fromLogits (false: the outputs are probabilities), average: "macro", the mean over classes that have
 * both positives and negatives, each against the rest, or "micro", all in one. NaN if no class has both.
 */
export const auc: MetricDefinition = {
  configure: (read): Metric => {
    const bins = read.integer("bins", 200, { min: 2 });
    const fromLogits = read.flag("fromLogits", false);
    const average = read.choice("average", ["macro", "micro"], "macro");
    return {
      statistics: (judged) => {
        const { scores, actual, weights } = classRows(judged, read.where);
        const places = placesOf(fromLogits ? sigmoid(scores) : scores, bins);
        const count = (flags: Value): Value => {
          const counted = weights === undefined ? flags : mul(flags, weights);
          const size = bins * (scores.shape[1] ?? 1);
          return scatterAdd(places, reshape(counted, places.shape), 0, size);
        };
        return { positives: count(actual), negatives: count(sub(1, actual)) };
      },
      finish: (sums) => {
        const [positives, negatives] = [
          split(sums("positives"), bins),
          split(sums("negatives"), bins),
        ];
        if (average === "micro") return area(merge(positives, bins), merge(negatives, bins));
        const areas = positives
          .map((histogram, i) => area(histogram, negatives[i] ?? []))
          .filter((value) => !Number.isNaN(value));
        return areas.reduce((sum, value) => sum + value, 0) / areas.length;
      },
    };
  },
};

/** Flat index of each score's bin i32 [rows * c]: bins of class 0, then of class 1, ... */
function placesOf(scores: Value, bins: number): Value {
  const [rows = 0, classes = 1] = scores.shape;
  // Written so that NaN lands in bin 0: an index out of range would end the program.
  const inside = select(greater(scores, 0), minimum(scores, 1), 0);
  const bin = minimum(floor(mul(inside, bins)), bins - 1);
  const offset = mul(cast(iota(scores.emitter, "i32", [1, classes], 1), "f32"), bins);
  const place = cast(add(bin, broadcastTo(offset, scores.shape)), "i32");
  return reshape(place, [rows * classes]);
}

function split(flat: ArrayLike<number>, bins: number): number[][] {
  const numbers = Array.from(flat);
  return Array.from({ length: numbers.length / bins }, (_, i) =>
    numbers.slice(i * bins, (i + 1) * bins),
  );
}

function merge(histograms: readonly (readonly number[])[], bins: number): number[] {
  return Array.from({ length: bins }, (_, i) =>
    histograms.reduce((sum, histogram) => sum + (histogram[i] ?? 0), 0),
  );
}

/** Share of pairs of a positive and a negative in which the positive lies higher; NaN without pairs. */
function area(positives: readonly number[], negatives: readonly number[]): number {
  let below = 0;
  let pairs = 0;
  positives.forEach((count, i) => {
    const tied = negatives[i] ?? 0;
    pairs += count * (below + tied / 2);
    below += tied;
  });
  return pairs / (below * positives.reduce((sum, count) => sum + count, 0));
}
