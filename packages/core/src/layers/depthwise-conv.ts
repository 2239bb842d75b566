// Convolution of each channel on its own.
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

/**
 * x [c, h, w] -> [c * depthMultiplier, h', w']; output channel j sees input channel floor(j / depthMultiplier).
 * State: kernel [c * depthMultiplier, 1, kh, kw], bias. Options as conv2d with depthMultiplier (1) for filters and
 * groups, and depthwiseInitializer, depthwiseRegularizer.
 */
export const depthwiseConv2d: LayerDefinition = unaryLayer((read) => {
  const multiplier = read.integer("depthMultiplier", 1, { min: 1 });
  const options = readConvOptions(read, 2, "depthwise");
  const { format, geometry, activation } = options;
  const { window, strides, dilations } = geometry;
  return {
    inferShape: (shape) => {
      const { channels, spatial } = splitSample(shape, 2, format);
      return joinSample(channels * multiplier, outputSizes(spatial, geometry), format);
    },
    build: (context, input) => {
      const x = toChannelsFirst(input, format);
      const groups = axisSize(x.shape, 1);
      const filters = groups * multiplier;
      const taps = sizeOf(window);
      const kernel = context.parameter("kernel", [filters, 1, ...window], {
        ...options.kernel,
        fans: { fanIn: taps, fanOut: multiplier * taps },
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
