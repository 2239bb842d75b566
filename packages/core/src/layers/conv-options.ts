// The options that all convolution layers share.
import { readInitializer } from "../initializers/initializer.ts";
import type { ConfigReader } from "../model/config.ts";
import { readPenalty } from "../regularizers/penalty.ts";
import { readActivation, type Activation } from "./activations.ts";
import type { ParameterOptions } from "./layer.ts";
import { readDataFormat, readPadding, type DataFormat, type Geometry } from "./spatial.ts";

/** Options of any convolution layer. */
export interface ConvOptions {
  readonly format: DataFormat;
  readonly geometry: Geometry;
  readonly activation: Activation;
  readonly useBias: boolean;
  readonly kernel: ParameterOptions;
  readonly bias: ParameterOptions;
}

/**
 * Reads kernelSize, strides (1), dilationRate (1), padding ("valid"), dataFormat, activation, useBias and
 * initializers and regularizers of kernel (named `kernelName` in options) and bias.
 */
export function readConvOptions(
  read: ConfigReader,
  rank: number,
  kernelName = "kernel",
): ConvOptions {
  return {
    format: readDataFormat(read),
    geometry: {
      rank,
      window: read.sizes("kernelSize", rank),
      strides: read.sizes("strides", rank, 1),
      dilations: read.sizes("dilationRate", rank, 1),
      padding: readPadding(read, rank),
    },
    activation: readActivation(read),
    useBias: read.flag("useBias", true),
    kernel: {
      initializer: readInitializer(read, `${kernelName}Initializer`, "glorotUniform"),
      regularizer: readPenalty(read, `${kernelName}Regularizer`),
    },
    bias: {
      initializer: readInitializer(read, "biasInitializer", "zeros"),
      regularizer: readPenalty(read, "biasRegularizer"),
      isDecayed: false,
    },
  };
}
