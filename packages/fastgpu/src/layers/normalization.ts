// Normalisation layers.
import { Layer } from "./layer.ts";
import type { DataFormat, InitializerOption, LayerOptions, RegularizerOption } from "./options.ts";

/** Options that all normalisation layers share: gamma scales, beta shifts the normalised value. */
export interface NormalizationOptions extends LayerOptions {
  /** Added to the variance, > 0; default 0.001. */
  readonly epsilon?: number;
  /** Learn a shift; default true. */
  readonly center?: boolean;
  /** Learn a scale; default true. */
  readonly scale?: boolean;
  /** Default zeros. */
  readonly betaInitializer?: InitializerOption;
  /** Default ones. */
  readonly gammaInitializer?: InitializerOption;
  readonly betaRegularizer?: RegularizerOption;
  readonly gammaRegularizer?: RegularizerOption;
}

/** Options of `batchNorm`. */
export interface BatchNormOptions extends NormalizationOptions {
  /** Share of the running average that a step keeps, in [0, 1]; default 0.99. */
  readonly momentum?: number;
  /** Default channelsFirst. */
  readonly dataFormat?: DataFormat;
}

/** Options of `layerNorm`. */
export interface LayerNormOptions extends NormalizationOptions {
  /** First of the axes to normalise over, up to the last; axis 0 is the batch. Default -1: the last only. */
  readonly axis?: number;
}

/** Options of `groupNorm`. */
export interface GroupNormOptions extends NormalizationOptions {
  /** Must divide the channels; default 32. */
  readonly groups?: number;
  /** Default channelsFirst. */
  readonly dataFormat?: DataFormat;
}

/**
 * Each channel by mean and variance of the batch while training, by running averages otherwise (Ioffe and Szegedy
 * 2015). x [c, ...] or [..., c]; [c] for features.
 */
export function batchNorm(options: BatchNormOptions = {}): Layer {
  return new Layer("batchNorm", options);
}

/** Each sample over its last axes (Ba et al. 2016). */
export function layerNorm(options: LayerNormOptions = {}): Layer {
  return new Layer("layerNorm", options);
}

/** Each sample over groups of channels (Wu and He 2018). x [c, ...]. */
export function groupNorm(options: GroupNormOptions = {}): Layer {
  return new Layer("groupNorm", options);
}
