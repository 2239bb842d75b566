// Group normalisation.
import { ShapeError } from "../errors.ts";
import { groupNorm as normalize } from "../functional.ts";
import { formatShape } from "../graph/shape.ts";
import { axisSize, unaryLayer, type LayerDefinition } from "./layer.ts";
import { readScaleAndShift } from "./normalization.ts";
import { fromChannelsFirst, readDataFormat, splitSample, toChannelsFirst } from "./spatial.ts";

/**
 * Wu and He 2018, equations 1, 2 and 7: normalises each sample over runs of channels / groups channels. x [c, ...].
 * State: gamma, beta [c]. Options: groups (32), epsilon (0.001), dataFormat, center, scale, initializers, regularizers.
 */
export const groupNorm: LayerDefinition = unaryLayer((read) => {
  const groups = read.integer("groups", 32, { min: 1 });
  const epsilon = read.number("epsilon", 1e-3, { above: 0 });
  const format = readDataFormat(read);
  const scaleAndShift = readScaleAndShift(read);
  return {
    inferShape: (shape) => {
      if (shape.length === 0) throw new ShapeError("input must have a channel axis, got []");
      const { channels } = splitSample(shape, shape.length - 1, format);
      if (channels % groups !== 0) {
        throw new ShapeError(
          `groups must divide the channels, got ${groups} groups, input ${formatShape(shape)}`,
        );
      }
      return shape;
    },
    build: (context, input) => {
      const x = toChannelsFirst(input, format);
      const { scale, shift } = scaleAndShift(context, [axisSize(x.shape, 1)], x);
      return fromChannelsFirst(normalize(x, scale, shift, groups, epsilon), format);
    },
  };
});
