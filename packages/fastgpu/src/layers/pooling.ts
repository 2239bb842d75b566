// Pooling layers: the largest or the mean element of windows, or of whole channels.
import { Layer } from "./layer.ts";
import type { DataFormat, LayerOptions, SpatialOptions } from "./options.ts";

/** Options of windowed pooling. */
export interface PoolOptions extends SpatialOptions {
  /** Window per axis, or one for all; default 2. Strides default to it. */
  readonly poolSize?: number | readonly number[];
}

/** Options of pooling over all spatial axes. */
export interface GlobalPoolOptions extends LayerOptions {
  /** Default channelsFirst. */
  readonly dataFormat?: DataFormat;
  /** Keeps the spatial axes with size 1; default false. */
  readonly keepDims?: boolean;
}

/** x [c, s] -> largest element of each window [c, s']. */
export function maxPool1d(options: PoolOptions = {}): Layer {
  return new Layer("maxPool1d", options);
}

/** x [c, h, w] -> largest element of each window [c, h', w']; padding never wins. */
export function maxPool2d(options: PoolOptions = {}): Layer {
  return new Layer("maxPool2d", options);
}

/** x [c, d, h, w] -> largest element of each window [c, d', h', w']. */
export function maxPool3d(options: PoolOptions = {}): Layer {
  return new Layer("maxPool3d", options);
}

/** x [c, s] -> mean of each window [c, s']. */
export function avgPool1d(options: PoolOptions = {}): Layer {
  return new Layer("avgPool1d", options);
}

/** x [c, h, w] -> mean of each window without its padding [c, h', w']. */
export function avgPool2d(options: PoolOptions = {}): Layer {
  return new Layer("avgPool2d", options);
}

/** x [c, d, h, w] -> mean of each window [c, d', h', w']. */
export function avgPool3d(options: PoolOptions = {}): Layer {
  return new Layer("avgPool3d", options);
}

/** x [c, ...spatial] -> largest element of each channel [c]. */
export function globalMaxPool(options: GlobalPoolOptions = {}): Layer {
  return new Layer("globalMaxPool", options);
}

/** x [c, ...spatial] -> mean of each channel [c]. */
export function globalAvgPool(options: GlobalPoolOptions = {}): Layer {
  return new Layer("globalAvgPool", options);
}
