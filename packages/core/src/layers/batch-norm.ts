// Batch normalisation.
import {
  add,
  batchNorm as normalize,
  mul,
  reduceSum,
  reshape,
  square,
  sub,
} from "../functional.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { axisSize, unaryLayer, type LayerContext, type LayerDefinition } from "./layer.ts";
import { readScaleAndShift } from "./normalization.ts";
import { readDataFormat } from "./spatial.ts";
import { ShapeError } from "../errors.ts";
import { transpose } from "../functional.ts";

/**
 * Ioffe and Szegedy 2015, algorithms 1 and 2: normalises each channel by mean and variance of the batch while training
 * and by running averages at inference. x [c, ...] (or [..., c] with channelsLast; [c] for features).
 * State: gamma, beta, movingMean, movingVariance [c]. Options: momentum m (0.99): average = m average + (1 - m) batch,
 * with the biased batch variance; epsilon (0.001), center, scale, dataFormat, initializers and regularizers.
 * Statistics are those of the whole batch when devices share it.
 */
export const batchNorm: LayerDefinition = unaryLayer((read) => {
  const momentum = read.number("momentum", 0.99, { min: 0, max: 1 });
  const epsilon = read.number("epsilon", 1e-3, { above: 0 });
  const format = readDataFormat(read);
  const scaleAndShift = readScaleAndShift(read);
  return {
    inferShape: (shape) => {
      if (shape.length === 0) throw new ShapeError("input must have a channel axis, got []");
      return shape;
    },
    build: (context, input) => {
      const last = input.shape.length - 1;
      const isLast = format === "channelsLast" && last > 1;
      const middle = Array.from({ length: last - 1 }, (_, i) => i + 1);
      const x = isLast ? transpose(input, [0, last, ...middle]) : input;
      const channels = [axisSize(x.shape, 1)];
      const { scale, shift } = scaleAndShift(context, channels, x);
      const movingMean = context.statistic("movingMean", channels, 0);
      const movingVariance = context.statistic("movingVariance", channels, 1);
      const { mean, variance } = context.isTraining
        ? batchMoments(context, x)
        : { mean: movingMean, variance: movingVariance };
      if (context.isTraining) {
        const follow = (average: Value, batch: Value): Value =>
          add(mul(average, momentum), mul(batch, 1 - momentum));
        context.updateStatistic("movingMean", follow(movingMean, mean));
        context.updateStatistic("movingVariance", follow(movingVariance, variance));
      }
      const y = normalize(x, scale, shift, mean, variance, epsilon);
      return isLast ? transpose(y, [0, ...middle.map((axis) => axis + 1), 1]) : y;
    },
  };
});

/** Mean and biased variance of each channel over all rows of all devices, in two passes to avoid cancellation. */
function batchMoments(context: LayerContext, x: Value): { mean: Value; variance: Value } {
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const count = context.globalBatch * sizeOf(x.shape.slice(2));
  const average = (name: string, value: Value): Value =>
    mul(context.sumOverDevices(name, reduceSum(value, axes)), 1 / count);
  const mean = average("mean", x);
  const along = reshape(mean, [axisSize(x.shape, 1), ...x.shape.slice(2).map(() => 1)]);
  return { mean, variance: average("variance", square(sub(x, along))) };
}
