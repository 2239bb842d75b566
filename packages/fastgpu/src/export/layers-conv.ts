// Convolution layers in TensorFlow.js. Padding by numbers is a border before a convolution without padding.
import { tensor, type HostTensor, type JsonObject } from "@fastgpu/core";
import { permuted } from "./artifacts.ts";
import type { ExportedLayer, LayerExport, LayerToExport } from "./layer-export.ts";
import { exportedActivation } from "./layers-activation.ts";
import { channelsLast, dataFormat, isChannelsFirst, paddingOf, perAxis } from "./layers-spatial.ts";

/** A convolution with `rank` spatial axes. */
export function convolution(rank: number): LayerExport {
  return (layer) => {
    const { config, parameter, refuse } = layer;
    const { groups = 1, filters } = config;
    if (groups !== 1) return refuse("groups must be 1", groups);
    return chain(layer, rank, {
      className: `Conv${rank}D`,
      config: { filters, ...geometry(layer, rank) },
      weights: [{ name: "kernel", tensor: kernelLast(parameter("kernel")) }],
    });
  };
}

/** Each channel on its own. */
export const depthwise: LayerExport = (layer) => {
  const [input = []] = layer.inputs;
  const channels = (isChannelsFirst(layer) ? input[0] : input.at(-1)) ?? 1;
  const kernel = depthwiseKernel(layer.parameter("kernel"), channels);
  return chain(layer, 2, {
    className: "DepthwiseConv2D",
    config: { depth_multiplier: layer.config["depthMultiplier"] ?? 1, ...geometry(layer, 2) },
    weights: [{ name: "depthwise_kernel", tensor: kernel }],
  });
};

/** The gradient of a convolution as a layer. */
export function transposedConvolution(rank: number): LayerExport {
  return (layer) => {
    const { config, parameter, refuse } = layer;
    if (perAxis(config["dilationRate"], rank, 1).some((size) => size !== 1)) {
      return refuse("dilationRate of a transposed convolution must be 1", config["dilationRate"]);
    }
    if (typeof paddingOf(layer, rank) !== "string") {
      return refuse("padding of a transposed convolution must be a rule", config["padding"]);
    }
    return chain(layer, rank, {
      className: `Conv${rank}DTranspose`,
      config: { filters: config["filters"], ...geometry(layer, rank) },
      weights: [{ name: "kernel", tensor: kernelLast(parameter("kernel")) }],
    });
  };
}

function geometry(layer: LayerToExport, rank: number): JsonObject {
  const { config } = layer;
  return {
    kernel_size: perAxis(config["kernelSize"], rank, 1),
    strides: perAxis(config["strides"], rank, 1),
    dilation_rate: perAxis(config["dilationRate"], rank, 1),
    data_format: "channels_last",
    ...(rank === 1 ? {} : dataFormat(layer)),
  };
}

/** The convolution with bias, activation and padding. */
function chain(layer: LayerToExport, rank: number, conv: ExportedLayer): readonly ExportedLayer[] {
  const { config, parameter, refuse } = layer;
  const padding = paddingOf(layer, rank);
  const isBorder = typeof padding !== "string";
  if (padding === "causal" || (isBorder && rank !== 2)) {
    return refuse("padding must be same or valid", config["padding"]);
  }
  const border = { className: "ZeroPadding2D", config: { padding, ...dataFormat(layer) } };
  const useBias = config["useBias"] ?? true;
  const activation = exportedActivation(layer, true);
  const bias = useBias === true ? [{ name: "bias", tensor: parameter("bias") }] : [];
  return [
    ...(isBorder ? [border] : []),
    ...channelsLast(layer, rank, [
      {
        ...conv,
        config: {
          ...conv.config,
          padding: isBorder ? "valid" : padding,
          use_bias: useBias,
          activation: activation.name,
        },
        weights: [...(conv.weights ?? []), ...bias],
      },
      ...(activation.layer === undefined ? [] : [activation.layer]),
    ]),
  ];
}

/** [a, b, ...k] -> [...k, b, a]: the last two axes of a kernel of TensorFlow. */
function kernelLast(kernel: HostTensor): HostTensor {
  const spatial = kernel.shape.slice(2).map((_, i) => i + 2);
  return permuted(kernel, [...spatial, 1, 0]);
}

/** [c * m, 1, kh, kw] -> [kh, kw, c, m]. */
function depthwiseKernel({ shape, data }: HostTensor, channels: number): HostTensor {
  const [filters = 0, , ...window] = shape;
  const split = tensor("f32", [channels, filters / channels, ...window], data as Float32Array);
  return permuted(split, [2, 3, 0, 1]);
}
