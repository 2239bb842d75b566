// Pooling layers: maximum and average over windows or over everything, one to three spatial axes.
import { reduceMax, reduceMean } from "../functional.ts";
import type { Value } from "../graph/value.ts";
import { ShapeError } from "../errors.ts";
import { formatShape } from "../graph/shape.ts";
import { unaryLayer, type LayerDefinition } from "./layer.ts";
import {
  fromChannelsFirst,
  joinSample,
  outputSizes,
  readDataFormat,
  readPadding,
  resolvePadding,
  splitSample,
  toChannelsFirst,
  type Padding,
} from "./spatial.ts";

/** x [c, s] -> [c, s']; see maxPool2d. */
export const maxPool1d: LayerDefinition = pooling(1, maximumOf);
/**
 * x [c, h, w] -> largest element of each window [c, h', w']; padding never wins. Options: poolSize (2), strides
 * (poolSize), padding ("valid"), dataFormat.
 */
export const maxPool2d: LayerDefinition = pooling(2, maximumOf);
/** x [c, d, h, w] -> [c, d', h', w']; see maxPool2d. */
export const maxPool3d: LayerDefinition = pooling(3, maximumOf);
/** x [c, s] -> [c, s']; see avgPool2d. */
export const avgPool1d: LayerDefinition = pooling(1, averageOf);
/** x [c, h, w] -> mean of each window without its padding [c, h', w']; options as for maxPool2d. */
export const avgPool2d: LayerDefinition = pooling(2, averageOf);
/** x [c, d, h, w] -> [c, d', h', w']; see avgPool2d. */
export const avgPool3d: LayerDefinition = pooling(3, averageOf);
/** x [c, ...spatial] -> largest element of each channel [c]; with keepDims [c, 1, ...]. */
export const globalMaxPool: LayerDefinition = globalPooling(reduceMax);
/** x [c, ...spatial] -> mean of each channel [c]; with keepDims [c, 1, ...]. */
export const globalAvgPool: LayerDefinition = globalPooling(reduceMean);

interface PoolAttrs {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly padding: Padding;
}

function maximumOf(x: Value, attrs: PoolAttrs): Value {
  return x.emitter.op("maxPool", [x], { ...attrs });
}

function averageOf(x: Value, attrs: PoolAttrs): Value {
  return x.emitter.op("avgPool", [x], { ...attrs, countIncludePad: false });
}

function pooling(rank: number, pool: (x: Value, attrs: PoolAttrs) => Value): LayerDefinition {
  return unaryLayer((read) => {
    const format = readDataFormat(read);
    const window = read.sizes("poolSize", rank, 2);
    const strides = read.isAbsent("strides") ? window : read.sizes("strides", rank);
    const dilations = new Array<number>(rank).fill(1);
    const geometry = { rank, window, strides, dilations, padding: readPadding(read, rank) };
    return {
      inferShape: (shape) => {
        const { channels, spatial } = splitSample(shape, rank, format);
        return joinSample(channels, outputSizes(spatial, geometry), format);
      },
      build: (_context, input) => {
        const x = toChannelsFirst(input, format);
        const padding = resolvePadding(x.shape.slice(2), geometry);
        return fromChannelsFirst(pool(x, { window, strides, padding }), format);
      },
    };
  });
}

function globalPooling(
  reduce: (x: Value, axes: readonly number[], keepDims?: boolean) => Value,
): LayerDefinition {
  return unaryLayer((read) => {
    const format = readDataFormat(read);
    const keepDims = read.flag("keepDims", false);
    return {
      inferShape: (shape) => {
        if (shape.length < 2) {
          throw new ShapeError(
            `input must have a channel axis and spatial axes, got ${formatShape(shape)}`,
          );
        }
        const { channels, spatial } = splitSample(shape, shape.length - 1, format);
        const ones = new Array<number>(spatial.length).fill(1);
        return keepDims ? joinSample(channels, ones, format) : [channels];
      },
      build: (_context, x) => {
        const spatialAxes = x.shape.length - 2;
        const start = format === "channelsFirst" ? 2 : 1;
        const axes = Array.from({ length: spatialAxes }, (_, i) => start + i);
        return reduce(x, axes, keepDims);
      },
    };
  });
}
