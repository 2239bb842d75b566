// Convolution layers: plain, transposed and by channel.
import { Layer } from "./layer.ts";
import type {
  InitializerOption,
  KernelOptions,
  RegularizerOption,
  SpatialOptions,
} from "./options.ts";

/** Options of all convolutions but `depthwiseConv2d`. */
export interface ConvTransposeOptions extends SpatialOptions, KernelOptions {
  /** Distance between the taps of the kernel; default 1. */
  readonly dilationRate?: number | readonly number[];
  /** Default glorotUniform. */
  readonly kernelInitializer?: InitializerOption;
  readonly kernelRegularizer?: RegularizerOption;
  /** Elements added after the end, with an explicit padding only; default 0. */
  readonly outputPadding?: number | readonly number[];
}

/** Options of `conv1d`, `conv2d` and `conv3d`. */
export interface ConvOptions extends Omit<ConvTransposeOptions, "outputPadding"> {
  /** Groups of channels that see only each other; must divide channels and filters. Default 1. */
  readonly groups?: number;
}

/** Options of `depthwiseConv2d`. */
export interface DepthwiseConvOptions extends SpatialOptions, KernelOptions {
  /** Results per channel; default 1. */
  readonly depthMultiplier?: number;
  /** Distance between the taps of the kernel; default 1. */
  readonly dilationRate?: number | readonly number[];
  /** Default glorotUniform. */
  readonly depthwiseInitializer?: InitializerOption;
  readonly depthwiseRegularizer?: RegularizerOption;
}

/** Window of a kernel: one number per spatial axis, or one for all. */
export type KernelSize = number | readonly number[];

function convolution(
  kind: string,
  filters: number,
  kernelSize: KernelSize,
  options: ConvTransposeOptions,
): Layer {
  return new Layer(kind, options, { filters, kernelSize });
}

/** x [c, s] -> activation(cross-correlation + bias) [filters, s']. */
export function conv1d(filters: number, kernelSize: KernelSize, options: ConvOptions = {}): Layer {
  return convolution("conv1d", filters, kernelSize, options);
}

/**
 * x [c, h, w] -> activation(cross-correlation + bias) [filters, h', w'].
 *
 * @example `fg.layers.conv2d(32, 3, { padding: "same", activation: "relu" })`
 */
export function conv2d(filters: number, kernelSize: KernelSize, options: ConvOptions = {}): Layer {
  return convolution("conv2d", filters, kernelSize, options);
}

/** x [c, d, h, w] -> activation(cross-correlation + bias) [filters, d', h', w']. */
export function conv3d(filters: number, kernelSize: KernelSize, options: ConvOptions = {}): Layer {
  return convolution("conv3d", filters, kernelSize, options);
}

/** x [c, s] -> [filters, s']: the gradient of a convolution by its input; see `conv2dTranspose`. */
export function conv1dTranspose(
  filters: number,
  kernelSize: KernelSize,
  options: ConvTransposeOptions = {},
): Layer {
  return convolution("conv1dTranspose", filters, kernelSize, options);
}

/**
 * x [c, h, w] -> [filters, h', w'] with size' = size * stride ("same"), (size - 1) * stride + extent but at least
 * size * stride ("valid"), or that less an explicit padding plus `outputPadding`.
 */
export function conv2dTranspose(
  filters: number,
  kernelSize: KernelSize,
  options: ConvTransposeOptions = {},
): Layer {
  return convolution("conv2dTranspose", filters, kernelSize, options);
}

/** x [c, d, h, w] -> [filters, d', h', w']; see `conv2dTranspose`. */
export function conv3dTranspose(
  filters: number,
  kernelSize: KernelSize,
  options: ConvTransposeOptions = {},
): Layer {
  return convolution("conv3dTranspose", filters, kernelSize, options);
}

/** x [c, h, w] -> [c * depthMultiplier, h', w']: each channel on its own. */
export function depthwiseConv2d(kernelSize: KernelSize, options: DepthwiseConvOptions = {}): Layer {
  return new Layer("depthwiseConv2d", options, { kernelSize });
}
