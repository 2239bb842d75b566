// Transposed convolution layers: the gradient of a convolution with respect to its input, as a layer.
import { ShapeError } from "../errors.ts";
import { add, convInputGrad, reshape } from "../functional.ts";
import { formatShape, sizeOf, type Shape } from "../graph/shape.ts";
import { readConvOptions } from "./conv-options.ts";
import { axisSize, unaryLayer, type LayerDefinition } from "./layer.ts";
import {
  axisGeometry,
  fromChannelsFirst,
  joinSample,
  resolvePadding,
  splitSample,
  toChannelsFirst,
  type Geometry,
} from "./spatial.ts";

/** x [c, s] -> [filters, s']; see conv2dTranspose. */
export const conv1dTranspose: LayerDefinition = transposed(1);

/**
 * x [c, h, w] -> [filters, h', w'] with size' = size * stride ("same"), (size - 1) * stride + extent, but at least
 * size * stride ("valid"), or that less an explicit padding plus `outputPadding`. State: kernel [c, filters, ...k], bias.
 * Options as conv2d without groups, and outputPadding (0), which needs an explicit padding.
 */
export const conv2dTranspose: LayerDefinition = transposed(2);

/** x [c, d, h, w] -> [filters, d', h', w']; see conv2dTranspose. */
export const conv3dTranspose: LayerDefinition = transposed(3);

function transposed(rank: number): LayerDefinition {
  return unaryLayer((read) => {
    const filters = read.integer("filters", undefined, { min: 1 });
    const options = readConvOptions(read, rank);
    const { format, geometry, activation } = options;
    const { window, strides, dilations } = geometry;
    if (geometry.padding === "causal") read.fail("padding must not be causal", "causal");
    const extra = read.sizes("outputPadding", rank, 0, { min: 0 });
    if (typeof geometry.padding === "string" && extra.some((size) => size > 0)) {
      read.fail("outputPadding must be 0 without an explicit padding", extra);
    }
    return {
      inferShape: (shape) => {
        const { spatial } = splitSample(shape, rank, format);
        return joinSample(filters, grownSizes(spatial, geometry, extra), format);
      },
      build: (context, input) => {
        const x = toChannelsFirst(input, format);
        const channels = axisSize(x.shape, 1);
        const taps = sizeOf(window);
        const kernel = context.parameter("kernel", [channels, filters, ...window], {
          ...options.kernel,
          fans: { fanIn: channels * taps, fanOut: filters * taps },
        });
        const spatial = grownSizes(x.shape.slice(2), geometry, extra);
        const padding = resolvePadding(spatial, geometry);
        const shape = [context.batch, filters, ...spatial];
        let y = convInputGrad(x, kernel, shape, { strides, padding, dilations, groups: 1 });
        if (options.useBias) {
          const bias = context.parameter("bias", [filters], options.bias);
          y = add(y, reshape(bias, [filters, ...spatial.map(() => 1)]));
        }
        return fromChannelsFirst(activation(y, context), format);
      },
    };
  });
}

/** Sizes whose convolution with the same geometry has the given sizes. */
function grownSizes(spatial: Shape, geometry: Geometry, extra: readonly number[]): number[] {
  const { padding } = geometry;
  const sizes = spatial.map((size, axis) => {
    const { extent, stride } = axisGeometry(geometry, axis);
    if (padding === "same") return size * stride;
    if (typeof padding === "string") return size * stride + Math.max(extent - stride, 0);
    const [low, high] = padding[axis] ?? [0, 0];
    return (size - 1) * stride + extent - low - high + (extra[axis] ?? 0);
  });
  if (sizes.some((size) => size < 1)) {
    throw new ShapeError(
      `result must have sizes >= 1, got ${formatShape(sizes)} from input ${formatShape(spatial)}; pad less`,
    );
  }
  return sizes;
}
