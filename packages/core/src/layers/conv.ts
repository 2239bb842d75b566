// Convolution layers with one to three spatial axes.
import { ShapeError } from "../errors.ts";
import { conv, convBias } from "../functional.ts";
import { sizeOf } from "../graph/shape.ts";
import { readConvOptions } from "./conv-options.ts";
import { axisSize, unaryLayer, type LayerDefinition } from "./layer.ts";
import {
  fromChannelsFirst,
  joinSample,
  outputSizes,
  resolvePadding,
  splitSample,
  toChannelsFirst,
} from "./spatial.ts";

/** x [c, s] -> [filters, s']; see conv2d. */
export const conv1d: LayerDefinition = convolution(1);

/**
 * x [c, h, w] -> activation(cross-correlation + bias) [filters, h', w']. State: kernel [filters, c / groups, ...k],
 * bias [filters]. Options: filters, kernelSize, strides (1), padding ("valid"), dilationRate (1), groups (1), dataFormat,
 * activation, useBias, kernelInitializer (glorotUniform), biasInitializer (zeros), kernelRegularizer, biasRegularizer.
 */
export const conv2d: LayerDefinition = convolution(2);

/** x [c, d, h, w] -> [filters, d', h', w']; see conv2d. */
export const conv3d: LayerDefinition = convolution(3);

function convolution(rank: number): LayerDefinition {
  return unaryLayer((read) => {
    const filters = read.integer("filters", undefined, { min: 1 });
    const groups = read.integer("groups", 1, { min: 1 });
    const options = readConvOptions(read, rank);
    const { format, geometry, activation } = options;
    const { window, strides, dilations } = geometry;
    return {
      inferShape: (shape) => {
        const { channels, spatial } = splitSample(shape, rank, format);
        if (channels % groups !== 0 || filters % groups !== 0) {
          throw new ShapeError(
            `groups must divide channels and filters, got ${groups} groups, ${channels} channels, ${filters} filters`,
          );
        }
        return joinSample(filters, outputSizes(spatial, geometry), format);
      },
      build: (context, input) => {
        const x = toChannelsFirst(input, format);
        const channels = axisSize(x.shape, 1) / groups;
        const taps = sizeOf(window);
        const kernel = context.parameter("kernel", [filters, channels, ...window], {
          ...options.kernel,
          fans: { fanIn: channels * taps, fanOut: (filters / groups) * taps },
        });
        const padding = resolvePadding(x.shape.slice(2), geometry);
        const attrs = { strides, padding, dilations, groups };
        const y = options.useBias
          ? convBias(x, kernel, context.parameter("bias", [filters], options.bias), attrs)
          : conv(x, kernel, attrs);
        return fromChannelsFirst(activation(y, context), format);
      },
    };
  });
}
